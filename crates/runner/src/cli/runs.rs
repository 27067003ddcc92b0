//! `runs/latest` on the command line: every argument that names a run. Recipes that are runs are found by the recipe's own reader.

use std::path::PathBuf;

use crate::cli::Command;
use crate::commands::weights::WeightsCommand;
use crate::error::RunnerError;
use crate::files::latest_run;

impl Command {
    /// The command with the newest run in place of `runs/latest`.
    ///
    /// # Errors
    ///
    /// There is no run in that folder.
    pub(super) fn with_latest_runs(mut self) -> Result<Self, RunnerError> {
        for run in self.runs() {
            *run = latest_run::resolve(run)?;
        }
        Ok(self)
    }

    /// The arguments that name runs.
    fn runs(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Train(arguments) => arguments.resume.iter_mut().collect(),
            Self::Watch(arguments) => vec![&mut arguments.run],
            Self::Evaluate(arguments) => vec![&mut arguments.run],
            Self::Compare(arguments) => {
                let baseline = arguments.baseline.iter_mut();
                arguments.runs.iter_mut().chain(baseline).collect()
            }
            Self::Report(arguments) => arguments.runs.iter_mut().collect(),
            Self::Predict(arguments) => vec![&mut arguments.run],
            Self::Audit(arguments) => arguments.run.run.iter_mut().collect(),
            Self::Weights(WeightsCommand::Export { run, .. }) => vec![run],
            Self::Forward(arguments) => vec![&mut arguments.weights],
            _ => Vec::new(),
        }
    }
}
