//! `selvedge data …`.

use clap::Subcommand;

use crate::commands::data_check::{self, CheckArguments};
use crate::commands::data_plant::{self, PlantArguments};
use crate::commands::data_show::{self, ShowArguments};
use crate::error::RunnerError;

/// `selvedge data …`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Reads every file and reports every problem; exit code 1 if there is any. Labels that are all background, or that seem to
    /// be shifted from what they outline, are reported too, but are not problems.
    #[command(after_help = "Example: selvedge data check folder wounds")]
    Check(CheckArguments),
    /// Draws what a network would see: images with their labels, next to several augmentations of each.
    #[command(
        after_help = "Example: selvedge data show wounds --recipe folder --out shown --set augment.elastic.amplitude=6"
    )]
    Show(ShowArguments),
    /// Copies a data set with errors planted into its training labels, and notes them: for measuring how well they are found.
    #[command(
        after_help = "Example: selvedge data plant folder wounds --out spoilt --gross 0.1 --missed 0.1"
    )]
    Plant(PlantArguments),
}

pub(crate) fn run(command: DataCommand, quiet: bool) -> Result<(), RunnerError> {
    match command {
        DataCommand::Check(arguments) => data_check::run(&arguments),
        DataCommand::Show(arguments) => data_show::run(&arguments, quiet),
        DataCommand::Plant(arguments) => data_plant::run(&arguments),
    }
}
