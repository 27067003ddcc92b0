//! `selvedge audit …`.

mod correct;
mod score;

use clap::Subcommand;

use crate::error::RunnerError;

pub use correct::CorrectArguments;
pub use score::ScoreArguments;

/// `selvedge audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Measures how well an audit finds what is wrong, where that is known: synthetic sets, or one with planted errors.
    #[command(after_help = "Example: selvedge audit score audit --truth burns --out effort.html")]
    Score(ScoreArguments),
    /// Copies the audited set, with the clean labels for the images that the audit distrusts most: does correcting them pay?
    #[command(
        after_help = "Example: selvedge audit correct audit --truth burns --top 10% --out corrected"
    )]
    Correct(CorrectArguments),
}

pub(crate) fn run(command: &AuditCommand) -> Result<(), RunnerError> {
    match command {
        AuditCommand::Score(arguments) => score::run(arguments),
        AuditCommand::Correct(arguments) => correct::run(arguments),
    }
}
