//! What the user reads when something went wrong, and the exit code that goes with it.

use std::fmt;
use std::path::Path;

use data::DataError;
use loss::LossError;
use models::ModelError;
use models::weights::WeightsError;
use ops::{UnknownApi, WITHOUT};

use crate::text::escaping::{bounded, printable};
use crate::text::shell::quoted;

/// Letters of a message.
const LONGEST: usize = 4000;

/// An error with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerError {
    /// What was expected, what was found, and where.
    pub message: String,
    /// What to do.
    pub help: String,
    /// 1: failed; 2: the user can mend it; 130: interrupted.
    pub exit_code: u8,
}

impl RunnerError {
    /// An error that the user can mend.
    pub fn mend(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
            exit_code: 2,
        }
    }

    /// A failure on the way.
    pub fn failed(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
            exit_code: 1,
        }
    }

    /// The same error of the training's step at `place`.
    #[must_use]
    pub(crate) fn at(self, place: impl fmt::Display) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }

    /// Ctrl-C, after the state has been saved in a run folder.
    pub fn interrupted(run: &Path) -> Self {
        Self {
            message: format!(
                "interrupted; everything up to here is saved in {}",
                run.display()
            ),
            help: format!("go on with: selvedge train --resume {}", quoted(run)),
            exit_code: 130,
        }
    }

    /// A file or folder that could not be written.
    pub fn unwritable(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::mend(
            format!("{}: could not be written: {error}", path.display()),
            "check the folder's rights and the free space",
        )
    }

    /// A file or folder that could not be read.
    pub fn unreadable(path: &Path, error: &dyn fmt::Display) -> Self {
        Self::mend(
            format!("{}: could not be read: {error}", path.display()),
            "check the path and the file's rights",
        )
    }
}

impl fmt::Display for RunnerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.exit_code == 130 { "" } else { "error: " };
        // A hostile file's line or name may be a megabyte, and hold anything.
        let [message, help] =
            [&self.message, &self.help].map(|text| bounded(&printable(text), LONGEST).into_owned());
        write!(formatter, "{word}{message}\n  help: {help}")
    }
}

impl std::error::Error for RunnerError {}

impl From<DataError> for RunnerError {
    fn from(error: DataError) -> Self {
        Self::mend(error.to_string(), error.advice)
    }
}

impl From<LossError> for RunnerError {
    fn from(error: LossError) -> Self {
        match error {
            LossError::Setting { .. } => Self::mend(
                error.to_string(),
                "change it in the recipe, or with `--set`",
            ),
            _ => Self::failed(
                error.to_string(),
                "look at the image and its labels, or lower the learning rate",
            ),
        }
    }
}

impl From<ModelError> for RunnerError {
    fn from(error: ModelError) -> Self {
        Self::mend(
            error.to_string(),
            "change it in the recipe, or with `--set`",
        )
    }
}

impl From<UnknownApi> for RunnerError {
    fn from(error: UnknownApi) -> Self {
        Self::mend(
            error.to_string(),
            format!("mend or unset the environment variable {WITHOUT}"),
        )
    }
}

impl From<WeightsError> for RunnerError {
    fn from(error: WeightsError) -> Self {
        Self::mend(error.to_string(), error.advice)
    }
}
