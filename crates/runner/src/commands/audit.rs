//! `selvedge audit`: which labels deserve a second look.

mod apply;
mod correct;
mod run;
mod score;
mod set;
mod train;

use clap::{Args, Subcommand};

use crate::commands::audit::apply::ApplyArguments;
use crate::commands::audit::correct::CorrectArguments;
use crate::commands::audit::run::RunArguments;
use crate::commands::audit::score::ScoreArguments;
use crate::commands::audit::set::SetArguments;
use crate::commands::audit::train::TrainArguments;
use crate::error::RunnerError;

/// `selvedge audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct AuditArguments {
    /// What to audit instead of a run.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub run: RunArguments,
}

/// What is audited, and what is done with an audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Trains folds, each of which predicts the images that it has not seen, and lists doubtful images and places.
    #[command(
        after_help = "Example: selvedge audit train folder --data wounds --folds 5 --out wounds-audit"
    )]
    Train(TrainArguments),
    /// Trains folds with and without the pixel rule, and reports whether ignoring pixels gained anything.
    #[command(after_help = "Example: selvedge audit set wounds --folds 5 --out wounds-rule")]
    Set(SetArguments),
    /// Writes a new folder of labels in which chosen places are ignored, or drawn as suggested.
    #[command(
        after_help = "Example: selvedge audit apply wounds-audit --top 5% --kinds missed,border --as ignore --out labels-2"
    )]
    Apply(ApplyArguments),
    /// Measures how well an audit finds what is wrong, where that is known: synthetic sets, or one with planted errors.
    #[command(
        after_help = "Example: selvedge audit score burns-audit --truth burns --out effort.html"
    )]
    Score(ScoreArguments),
    /// Copies the audited set, with the clean labels for the images that the audit distrusts most: does correcting them pay?
    #[command(
        after_help = "Example: selvedge audit correct burns-audit --truth burns --top 10% --out corrected"
    )]
    Correct(CorrectArguments),
}

pub(crate) fn run(arguments: AuditArguments, quiet: bool) -> Result<(), RunnerError> {
    match arguments.command {
        None => run::run(&arguments.run),
        Some(AuditCommand::Train(arguments)) => train::run(&arguments, quiet),
        Some(AuditCommand::Set(arguments)) => set::run(&arguments, quiet),
        Some(AuditCommand::Apply(arguments)) => apply::run(&arguments),
        Some(AuditCommand::Score(arguments)) => score::run(&arguments),
        Some(AuditCommand::Correct(arguments)) => correct::run(&arguments),
    }
}
