//! Manual pages, one for each command.

use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::build::BUILD;
use crate::cli::Cli;
use crate::error::RunnerError;

/// Writes `selvedge.1`, `selvedge-train.1` and so on into a folder, as the command line itself defines them.
///
/// # Errors
///
/// The folder cannot be made or written into.
pub fn write(folder: &Path) -> Result<(), RunnerError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    fs::create_dir_all(folder)
        .and_then(|()| pages(&command, folder))
        .map_err(|error| RunnerError::unwritable(folder, &error))
}

fn pages(command: &Command, folder: &Path) -> io::Result<()> {
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        pages(below, folder)?;
    }
    Man::new(command.clone())
        .source(format!("selvedge {}", BUILD.version))
        .generate_to(folder)?;
    Ok(())
}
