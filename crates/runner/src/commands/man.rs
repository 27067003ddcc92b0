//! `selvedge man`: manual pages, one for each command.

use std::io;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use crate::build::BUILD;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;

/// `selvedge man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Their folder; pages that this command wrote there are replaced, other files with their names are refused.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Writes `selvedge.1`, `selvedge-train.1` etc. into a folder, from the definition of the command line.
///
/// # Errors
///
/// The folder cannot be made or written to, or contains other files with these names.
pub(crate) fn run(arguments: &ManArguments, selvedge: Command) -> Result<(), RunnerError> {
    let folder = &*arguments.out;
    let mut command = selvedge.disable_help_subcommand(true);
    command.build();
    let mut found = Vec::new();
    pages(&command, &mut found).map_err(|error| RunnerError::unwritable(folder, error))?;
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let out = OutputFolder::prepare("man", folder, &names)?;
    for (name, page) in found {
        out.write_bytes(&name, &page)?;
    }
    Ok(())
}

/// The pages of a command and its subcommands, by file name.
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
