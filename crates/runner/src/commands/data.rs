//! `selvedge data …`.

use clap::Subcommand;

use crate::commands::data_check::{self, CheckArguments};
use crate::commands::data_show::{self, ShowArguments};
use crate::error::RunnerError;

/// `selvedge data …`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Reads every file and tells every problem; exit code 1 if there is any. What is only worth a look (labels that are all
    /// background, or that seem to lie beside what they outline) is told too, and is no problem.
    #[command(after_help = "Example: selvedge data check folder wounds")]
    Check(CheckArguments),
    /// Draws what a network would see: images with their labels, beside several augmentations of each.
    #[command(
        after_help = "Example: selvedge data show wounds --recipe folder --out shown --set augment.elastic.amplitude=6"
    )]
    Show(ShowArguments),
}

pub(crate) fn run(command: DataCommand, quiet: bool) -> Result<(), RunnerError> {
    match command {
        DataCommand::Check(arguments) => data_check::run(&arguments),
        DataCommand::Show(arguments) => data_show::run(arguments, quiet),
    }
}
