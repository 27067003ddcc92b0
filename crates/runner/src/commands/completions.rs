//! `selvedge completions`: a script that completes commands, options and values in a shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::RunnerError;
use crate::terminal::printing::print_text;

/// `selvedge completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell.
    pub shell: Shell,
}

/// Prints the script of a shell, from the definition of the command line.
pub(crate) fn run(
    arguments: &CompletionsArguments,
    selvedge: &mut Command,
) -> Result<(), RunnerError> {
    let mut bytes = Vec::new();
    clap_complete::generate(arguments.shell, selvedge, "selvedge", &mut bytes);
    print_text(&String::from_utf8_lossy(&bytes))
}
