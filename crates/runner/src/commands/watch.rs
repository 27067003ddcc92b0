//! `selvedge watch`: a training while it runs.

use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;

use clap::Args;

use crate::error::RunnerError;
use crate::run_folder::folder::RunFolder;
use crate::watch::{lines, window};

/// `selvedge watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// The run's folder; runs/latest for the newest run in runs.
    pub run: PathBuf,
    /// Prints a line for each epoch until the run ends, as without a terminal.
    #[arg(long)]
    pub lines: bool,
}

pub(crate) fn run(arguments: &WatchArguments) -> Result<(), RunnerError> {
    let folder = RunFolder::open_unsaved(&arguments.run)?;
    let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    if arguments.lines || is_dumb || !stdin().is_terminal() || !stdout().is_terminal() {
        lines::print(&folder)
    } else {
        window::show(&folder)
    }
}
