//! The command `selvedge`.

use std::process::ExitCode;

use selvedge::cli::Cli;
use selvedge::error::RunnerError;
use selvedge::{memory, panics, run, runtime_folder, terminal};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

fn main() -> ExitCode {
    runtime_folder::provide();
    memory::keep_freed_memory();
    let arguments: Vec<_> = std::env::args_os().collect();
    terminal::choose_colours(&arguments);
    let cli = match Cli::of(&arguments, terminal::width()) {
        Ok(cli) => cli,
        Err(said) => return code_of(terminal::answer(&said), said.exit_code),
    };
    let work = || {
        terminal::log(cli.quiet, cli.verbose)?;
        panics::keep();
        panics::caught(|| run::run(cli))
    };
    code_of(work(), 0)
}

/// Says what went wrong, if anything did, and gives the program's exit code.
fn code_of(result: Result<(), RunnerError>, otherwise: u8) -> ExitCode {
    match result {
        Ok(()) => ExitCode::from(otherwise),
        Err(error) => {
            terminal::say(&format!("{error}\n"));
            ExitCode::from(error.exit_code)
        }
    }
}
