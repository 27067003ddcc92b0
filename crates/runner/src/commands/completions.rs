//! Scripts that complete commands, options and their values in a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// The script of a shell, as the command line itself defines it.
pub fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "selvedge", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
