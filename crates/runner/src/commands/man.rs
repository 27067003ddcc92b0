//! Manual pages, one for each command.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::build::BUILD;
use crate::cli::Cli;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;

/// Writes `selvedge.1`, `selvedge-train.1` and so on into a folder, as the command line itself defines them.
///
/// # Errors
///
/// The folder cannot be made or written into, or holds pages of these names that are not from here.
pub fn write(folder: &Path) -> Result<(), RunnerError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut found = Vec::new();
    pages(&command, &mut found).map_err(|error| RunnerError::unwritable(folder, &error))?;
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let out = OutputFolder::of("man", folder, &names)?;
    for (name, page) in found {
        out.write_bytes(&name, &page)?;
    }
    Ok(())
}

/// The pages of a command and those below it, by the names of their files.
fn pages(command: &Command, found: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        pages(below, found)?;
    }
    let page = Man::new(command.clone()).source(format!("selvedge {}", BUILD.version));
    let mut text = Vec::new();
    page.render(&mut text)?;
    found.push((page.get_filename(), text));
    Ok(())
}
