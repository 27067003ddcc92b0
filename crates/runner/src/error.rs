//! What the user reads when something went wrong, and the exit code that goes with it.

use std::error::Error;
use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use data::{DataError, SettingError};
use loss::LossError;
use metrics::MetricError;
use models::ModelError;
use models::weights::WeightsError;
use ops::{UnknownApi, WITHOUT};

use crate::text::escaping::{bounded, printable};
use crate::text::shell::quoted;

/// Characters of a message.
const LONGEST: usize = 4000;

/// Advice on an error that the user did not cause.
pub(crate) const FAULT: &str = "this is a fault of the program: please report it with the command, the recipe, and what \
                                `--verbose --verbose` prints";

/// Advice on a setting of a recipe.
pub(crate) const CHANGE: &str = "change it in the recipe, or with `--set`";

/// What is wrong, and what to do about it.
///
/// Its [`Display`] is the message alone; [`report`](Self::report) is what a user reads.
#[derive(Clone, Debug)]
pub struct RunnerError {
    /// Place, what was expected there, and what was found.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// 1: failed; 2: the user can fix it; 130: interrupted.
    pub exit_code: u8,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl RunnerError {
    fn new(message: impl Into<String>, advice: impl Into<String>, exit_code: u8) -> Self {
        Self {
            message: message.into(),
            advice: advice.into(),
            exit_code,
            source: None,
        }
    }

    /// An error that the user can fix.
    pub fn fixable(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(message, advice, 2)
    }

    /// A failure while a command works.
    pub fn failed(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(message, advice, 1)
    }

    /// An error of the program itself.
    pub fn bug(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self::failed(error.to_string(), FAULT).caused_by(error)
    }

    /// Ctrl-C, after the state has been saved in a run folder.
    pub fn interrupted(run: &Path) -> Self {
        Self::new(
            format!(
                "interrupted; everything up to here is saved in {}",
                run.display()
            ),
            format!("resume with: selvedge train --resume {}", quoted(run)),
            130,
        )
    }

    /// A file or folder that could not be written.
    pub fn unwritable(path: &Path, error: &dyn Display) -> Self {
        Self::fixable(
            format!("{}: could not be written: {error}", path.display()),
            "check the folder's rights and the free space",
        )
    }

    /// A file or folder that could not be read.
    pub fn unreadable(path: &Path, error: &dyn Display) -> Self {
        Self::fixable(
            format!("{}: could not be read: {error}", path.display()),
            "check the path and the file's rights",
        )
    }

    /// The same error with its place before the message.
    #[must_use]
    pub(crate) fn at(self, place: impl Display) -> Self {
        Self {
            message: format!("{place}: {}", self.message),
            ..self
        }
    }

    /// The same error with other advice.
    #[must_use]
    pub(crate) fn with_advice(self, advice: impl Into<String>) -> Self {
        Self {
            advice: advice.into(),
            ..self
        }
    }

    /// The same error with another exit code.
    #[must_use]
    pub(crate) fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// The same error with more advice after its own.
    #[must_use]
    pub(crate) fn with_more_advice(self, more: impl Display) -> Self {
        Self {
            advice: format!("{}; {more}", self.advice),
            ..self
        }
    }

    pub(crate) fn caused_by(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(Arc::from(source.into())),
            ..self
        }
    }

    /// The message, and what to do.
    #[must_use]
    pub fn report(&self) -> String {
        let word = if self.exit_code == 130 { "" } else { "error: " };
        format!("{word}{self}\n  help: {}", safe(&self.advice))
    }
}

/// A hostile file's line or name may be a megabyte long, and contain anything.
fn safe(text: &str) -> String {
    bounded(&printable(text), LONGEST).into_owned()
}

impl Display for RunnerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&safe(&self.message))
    }
}

impl Error for RunnerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + 'static) = self.source.as_deref()?;
        Some(source)
    }
}

impl From<DataError> for RunnerError {
    fn from(error: DataError) -> Self {
        Self::fixable(error.to_string(), error.advice.clone()).caused_by(error)
    }
}

impl From<SettingError> for RunnerError {
    fn from(error: SettingError) -> Self {
        Self::fixable(error.to_string(), CHANGE).caused_by(error)
    }
}

impl From<MetricError> for RunnerError {
    fn from(error: MetricError) -> Self {
        let advice = format!(
            "{}; compare label images of one size whose values are class numbers",
            error.advice()
        );
        Self::fixable(error.to_string(), advice).caused_by(error)
    }
}

impl From<LossError> for RunnerError {
    fn from(error: LossError) -> Self {
        let advice = error.advice();
        match error {
            LossError::Setting { .. } => Self::fixable(
                error.to_string(),
                format!("{advice}, or change it with `--set`"),
            ),
            _ => Self::failed(error.to_string(), advice),
        }
        .caused_by(error)
    }
}

impl From<ModelError> for RunnerError {
    fn from(error: ModelError) -> Self {
        let advice = match error.advice() {
            Some(advice) => format!("{advice}; {CHANGE}"),
            None => CHANGE.into(),
        };
        Self::fixable(error.to_string(), advice).caused_by(error)
    }
}

impl From<UnknownApi> for RunnerError {
    fn from(error: UnknownApi) -> Self {
        Self::fixable(
            error.to_string(),
            format!("fix or unset the environment variable {WITHOUT}"),
        )
        .caused_by(error)
    }
}

impl From<WeightsError> for RunnerError {
    fn from(error: WeightsError) -> Self {
        Self::fixable(error.to_string(), error.advice.clone()).caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_in_the_report_alone_and_the_cause_is_kept() {
        let error = RunnerError::fixable("a: expected b, found c", "do d").at("step 1");
        assert_eq!(error.to_string(), "step 1: a: expected b, found c");
        let error = error.with_more_advice("or e");
        let report = "error: step 1: a: expected b, found c\n  help: do d; or e";
        assert_eq!(error.report(), report);
        assert!(error.source().is_none());
        let bug = RunnerError::bug(fmt::Error);
        assert_eq!(bug.exit_code, 1);
        assert!(bug.source().is_some_and(<dyn Error>::is::<fmt::Error>));
        assert!(bug.report().ends_with(FAULT), "{bug:?}");
    }
}
