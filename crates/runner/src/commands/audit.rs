//! `selvedge audit …`.

use clap::Subcommand;

use crate::commands::audit_correct::{self, AuditCorrectArguments};
use crate::commands::audit_score::{self, AuditScoreArguments};
use crate::error::RunnerError;

/// `selvedge audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Measures how well an audit finds what is wrong, where that is known: synthetic sets, or one with planted errors.
    #[command(after_help = "Example: selvedge audit score audit --truth burns --out effort.html")]
    Score(AuditScoreArguments),
    /// Copies the audited set, with the clean labels for the images that the audit distrusts most: does correcting them pay?
    #[command(
        after_help = "Example: selvedge audit correct audit --truth burns --top 10% --out corrected"
    )]
    Correct(AuditCorrectArguments),
}

pub(crate) fn run(command: &AuditCommand) -> Result<(), RunnerError> {
    match command {
        AuditCommand::Score(arguments) => audit_score::run(arguments),
        AuditCommand::Correct(arguments) => audit_correct::run(arguments),
    }
}
