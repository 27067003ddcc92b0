//! Manual pages, one for each command.

use std::fs;
use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::error::RunnerError;

/// Writes `selvedge.1`, `selvedge-train.1` and so on into a folder, as the command line itself defines them.
///
/// # Errors
///
/// The folder cannot be made or written into.
pub fn write(folder: &Path) -> Result<(), RunnerError> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| RunnerError::unwritable(folder, &error))
}
