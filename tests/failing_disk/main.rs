//! The program on a failing disk: `failing-disk STEP HOW COMMAND…`. Writing steps are counted from 1. Before step `STEP` the
//! process is killed (`HOW` is `kill`), or the step fails with the system error of this number (such as `28`). With step 0
//! nothing fails. The number of steps is printed at the end.

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;
use selvedge::cli::{Cli, run};
use selvedge::files::disk::{Step, ask_before_each};
use selvedge::{panics, terminal};

static STEPS: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    let mut arguments = std::env::args();
    let mut next = || arguments.next().unwrap_or_default();
    let (_, number, how) = (next(), next(), next());
    let Ok(number) = number.parse::<usize>() else {
        eprintln!("expected STEP HOW COMMAND…");
        return ExitCode::from(2);
    };
    ask_before_each(move |step, path| {
        if STEPS.fetch_add(1, Ordering::Relaxed) + 1 == number {
            fail(&how, step, path)
        } else {
            Ok(())
        }
    });
    let cli = Cli::parse_from(["selvedge".to_string()].into_iter().chain(arguments));
    let work = || {
        terminal::log(cli.quiet, cli.verbose)?;
        panics::keep();
        panics::caught(|| run(cli))
    };
    let code = work().map_or_else(
        |error| {
            eprintln!("{}", error.report());
            error.exit_code
        },
        |()| 0,
    );
    eprintln!("steps: {}", STEPS.load(Ordering::Relaxed));
    ExitCode::from(code)
}

fn fail(how: &str, step: Step, path: &Path) -> io::Result<()> {
    eprintln!("failing-disk: {how} before {step:?} of {}", path.display());
    if how == "kill" {
        // SIGKILL, so that neither destructors nor handlers run.
        let process = std::process::id().to_string();
        let killed = Command::new("kill").args(["-KILL", &process]).status();
        assert!(killed.is_ok_and(|status| status.success()));
        loop {
            sleep(Duration::from_secs(1));
        }
    }
    let code = how.parse().expect("the number of an error");
    Err(io::Error::from_raw_os_error(code))
}
