//! Compares an integrated GPU with the CPU: a small training on both, in a separate process.
//!
//! A driver may crash, hang or compile for minutes. All of that is confined to the other process, which gets three seconds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use ops::{Adapter, Api, WITHOUT};

use crate::device::kept_trials::{self, Key};
use crate::device::process::{Ended, Limits, run};
use crate::device::trial_result::{Outcome, Seconds, Trial};

/// For everything: the start of the process, the driver's compiler, and the steps on both devices.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of the process's output that are read.
const MOST_OUTPUT: u64 = 1 << 16;

/// Its output is available at once, unless a child of it has the pipe.
const OUTPUT_PATIENCE: Duration = Duration::from_millis(200);

/// The program that has the command `bench trial`, once it is known.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Registers the running program as one with this crate's command line, so that `auto` may run it for a trial. Without this, no
/// trial is made, and `auto` chooses the CPU.
pub(crate) fn run_by_this_program() {
    if let Ok(path) = std::env::current_exe() {
        PROGRAM.get_or_init(|| path);
    }
}

/// Tries the adapter at index `place` of `found`, or returns the stored result of this machine.
pub(super) fn try_out(found: &[Adapter], place: usize, processor: &str) -> Trial {
    let adapter = &found[place];
    let key = Key::new(adapter, processor);
    let kept = kept_trials::path();
    let known = kept
        .as_deref()
        .and_then(|path| kept_trials::find(path, &key));
    let outcome = match (known, PROGRAM.get()) {
        (Some(seconds), _) => Outcome::Measured(seconds),
        (None, None) => Outcome::Failed {
            failure: "this program cannot try it".into(),
        },
        (None, Some(program)) => {
            tracing::info!(
                "comparing {} with the CPU, once for this machine",
                adapter.name
            );
            // `vulkan:N` counts the adapters of one API.
            let number = found[..place]
                .iter()
                .filter(|other| other.api == adapter.api)
                .count();
            let outcome = measure(
                program,
                adapter.api,
                &format!("{}:{number}", adapter.api.as_str()),
                PATIENCE,
            );
            if let (Outcome::Measured(seconds), Some(path)) = (&outcome, &kept) {
                kept_trials::keep(path, key, *seconds);
            }
            outcome
        }
    };
    Trial {
        adapter: adapter.name.clone(),
        api: adapter.api.as_str().into(),
        outcome,
    }
}

/// Lets `program` measure `device`, for at most `patience`.
fn measure(program: &Path, api: Api, device: &str, patience: Duration) -> Outcome {
    let others: Vec<&str> = Api::ALL
        .into_iter()
        .filter(|other| *other != api)
        .map(Api::as_str)
        .collect();
    let limits = Limits {
        time: patience,
        output: MOST_OUTPUT,
        output_time: OUTPUT_PATIENCE,
    };
    let ended = run(
        Command::new(program)
            .args(["bench", "trial", "--json", "--quiet", "--device", device])
            .args(["--color", "never"])
            .env(WITHOUT, others.join(",")),
        limits,
    );
    match ended.and_then(seconds) {
        Ok(seconds) => Outcome::Measured(seconds),
        Err(failure) => Outcome::Failed { failure },
    }
}

/// The measurement that a process has printed, or why there is none.
fn seconds(ended: Ended) -> Result<Seconds, String> {
    if !ended.status.success() {
        let mut lines = ended.stderr.lines();
        let error = lines.find_map(|line| line.strip_prefix("error: "));
        return Err(error.map_or_else(|| ended.status.to_string(), str::to_string));
    }
    serde_json::from_str(&ended.stdout)
        .ok()
        .filter(Seconds::are_sound)
        .ok_or_else(|| "its output was not a measurement".into())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::{Mutex, PoisonError};
    use std::time::Instant;

    use super::*;

    /// Locked from writing a program until it ends: a process that another test starts meanwhile would inherit the open file, and
    /// a file that is open for writing cannot be run.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

    /// The result of a trial by a program that runs this script.
    fn tried(script: &str, patience: Duration) -> Outcome {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
            .expect("made executable");
        measure(&program, Api::Vulkan, "vulkan:1", patience)
    }

    fn failure(script: &str) -> String {
        match tried(script, Duration::from_secs(20)) {
            Outcome::Failed { failure } => failure,
            Outcome::Measured(seconds) => panic!("{script}: {seconds:?}"),
        }
    }

    #[test]
    fn the_result_of_the_other_process_is_read() {
        let script = r#"
            test "$*" = "bench trial --json --quiet --device vulkan:1 --color never" || exit 3
            test "$SELVEDGE_WITHOUT" = metal,dx12 || exit 4
            echo '{"gpu_s": 0.25, "cpu_s": 0.5, "device": "more"}'"#;
        let expected = Seconds {
            gpu_s: 0.25,
            cpu_s: 0.5,
        };
        assert_eq!(
            tried(script, Duration::from_secs(20)),
            Outcome::Measured(expected)
        );
    }

    #[test]
    fn a_crash_an_error_and_a_wrong_output_are_failures_with_a_reason() {
        assert!(failure("kill -SEGV $$").contains("signal: 11"));
        let error =
            failure("echo 'warning: loud' >&2; echo 'error: the driver panicked' >&2; exit 1");
        assert_eq!(error, "the driver panicked");
        assert!(failure("exit 7").contains('7'));
        for answer in [
            "",
            "{}",
            r#"{"gpu_s": 0, "cpu_s": 1}"#,
            r#"{"gpu_s": -1, "cpu_s": 1}"#,
        ] {
            assert_eq!(
                failure(&format!("echo '{answer}'")),
                "its output was not a measurement"
            );
        }
        let nowhere = measure(
            Path::new("/nowhere/selvedge"),
            Api::Vulkan,
            "vulkan:0",
            PATIENCE,
        );
        assert!(matches!(nowhere, Outcome::Failed { .. }));
    }

    #[test]
    fn a_driver_that_hangs_is_not_waited_for() {
        let start = Instant::now();
        let outcome = tried("exec sleep 60", Duration::from_millis(300));
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{:?}",
            start.elapsed()
        );
        let failure = "not done after 0 s".to_string();
        assert_eq!(outcome, Outcome::Failed { failure });
    }

    #[test]
    fn a_verbose_driver_does_not_block() {
        let script =
            r#"head -c 300000 /dev/zero | tr '\0' 'x' >&2; echo '{"gpu_s": 1, "cpu_s": 2}'"#;
        let expected = Seconds {
            gpu_s: 1.0,
            cpu_s: 2.0,
        };
        assert_eq!(
            tried(script, Duration::from_secs(20)),
            Outcome::Measured(expected)
        );
    }
}
