//! The command `selvedge`.

use std::process::ExitCode;

use clap::Parser;
use selvedge::cli::Cli;
use selvedge::{memory, panics, run, runtime_folder, terminal};

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

fn main() -> ExitCode {
    runtime_folder::provide();
    memory::keep_freed_memory();
    terminal::choose_colours(std::env::args_os());
    let cli = Cli::parse();
    let work = || {
        terminal::log(cli.quiet, cli.verbose)?;
        panics::keep();
        panics::caught(|| run::run(cli))
    };
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code)
        }
    }
}
