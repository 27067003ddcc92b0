//! The command `selvedge`.

use std::process::ExitCode;

use selvedge::cli::{Cli, run};
use selvedge::error::RunnerError;
use selvedge::{memory, panics, runtime_folder, terminal};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

fn main() -> ExitCode {
    runtime_folder::provide();
    memory::keep_freed_memory();
    let arguments: Vec<_> = std::env::args_os().collect();
    terminal::choose_colours(&arguments);
    let cli = match Cli::parse_arguments(&arguments, terminal::width()) {
        Ok(cli) => cli,
        Err(message) => {
            return code_of(terminal::print_parser_message(&message), message.exit_code);
        }
    };
    let work = || {
        terminal::log(cli.quiet, cli.verbose)?;
        panics::keep();
        panics::caught(|| run(cli))
    };
    code_of(work(), 0)
}

/// Reports an error, if there is one, and returns the program's exit code.
fn code_of(result: Result<(), RunnerError>, otherwise: u8) -> ExitCode {
    match result {
        Ok(()) => ExitCode::from(otherwise),
        Err(error) => {
            terminal::write_stderr(&format!("{}\n", error.report()));
            ExitCode::from(error.exit_code)
        }
    }
}
