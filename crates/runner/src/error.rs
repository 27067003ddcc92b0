//! What the user reads when something went wrong, and the exit code that goes with it.

use std::error::Error;
use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use data::{DataError, SettingError, setting_advice};
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

/// What is wrong, and what to do about it.
///
/// Its [`Display`] is place, expectation and finding; [`report`](Self::report), which adds the advice, is what a user reads.
#[derive(Clone, Debug)]
pub struct RunnerError {
    /// Where: a file, a setting, an option or a step; none if the command says it.
    pub place: Option<String>,
    /// What was expected there; none if [`found`](Self::found) is a sentence of its own.
    pub expected: Option<String>,
    /// What was found instead, or what happened.
    pub found: String,
    /// What to do.
    pub advice: String,
    /// 1: failed; 2: the user can fix it; 130: interrupted.
    pub exit_code: u8,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl RunnerError {
    fn new(found: impl Into<String>, advice: impl Into<String>, exit_code: u8) -> Self {
        Self {
            place: None,
            expected: None,
            found: found.into(),
            advice: advice.into(),
            exit_code,
            source: None,
        }
    }

    /// An error that the user can fix: something else was found than was expected. [`at`](Self::at) adds the place.
    pub fn mismatch(
        expected: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            expected: Some(expected.into()),
            ..Self::fixable(found, advice)
        }
    }

    /// An error that the user can fix, in one sentence.
    pub fn fixable(sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(sentence, advice, 2)
    }

    /// A failure while a command works, in one sentence.
    pub fn failed(sentence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(sentence, advice, 1)
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
    pub fn unwritable(path: &Path, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self::fixable(
            format!("could not be written: {error}"),
            "check the folder's rights and the free space",
        )
        .at(path.display())
        .caused_by(error)
    }

    /// A file or folder that could not be read.
    pub fn unreadable(path: &Path, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self::fixable(
            format!("could not be read: {error}"),
            "check the path and the file's rights",
        )
        .at(path.display())
        .caused_by(error)
    }

    /// The same error at this place, or at its own place inside this one.
    #[must_use]
    pub fn at(self, place: impl Display) -> Self {
        let place = match &self.place {
            Some(inner) => format!("{place}: {inner}"),
            None => place.to_string(),
        };
        Self {
            place: Some(place),
            ..self
        }
    }

    /// The same error as a failure while a command works.
    #[must_use]
    pub(crate) fn into_failure(self) -> Self {
        Self {
            exit_code: 1,
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

    /// Place, expectation and finding in full, with whatever characters they contain.
    #[must_use]
    pub fn message(&self) -> String {
        let place = self
            .place
            .as_ref()
            .map_or(String::new(), |place| format!("{place}: "));
        match &self.expected {
            Some(expected) => format!("{place}expected {expected}, found {}", self.found),
            None => format!("{place}{}", self.found),
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
        formatter.write_str(&safe(&self.message()))
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
        Self::mismatch(&error.expected, &error.found, &error.advice)
            .at(error.file.display())
            .caused_by(error)
    }
}

impl From<SettingError> for RunnerError {
    fn from(error: SettingError) -> Self {
        Self::mismatch(&error.expected, &error.found, &error.advice)
            .at(&error.key)
            .caused_by(error)
    }
}

impl From<MetricError> for RunnerError {
    fn from(error: MetricError) -> Self {
        let advice = format!(
            "{}; compare label images of one size whose values are class numbers",
            error.advice()
        );
        Self::mismatch(error.expected(), error.found(), advice).caused_by(error)
    }
}

impl From<LossError> for RunnerError {
    fn from(error: LossError) -> Self {
        let Some(advice) = error.advice() else {
            return Self::mismatch(error.expected(), error.found(), setting_advice("change it"))
                .at(error.place())
                .caused_by(error);
        };
        match error {
            LossError::Device(_) => Self::failed(error.to_string(), advice),
            _ => Self::mismatch(error.expected(), error.found(), advice)
                .at(error.place())
                .into_failure(),
        }
        .caused_by(error)
    }
}

impl From<ModelError> for RunnerError {
    fn from(error: ModelError) -> Self {
        let change = setting_advice("change it");
        let advice = match error.advice() {
            Some(advice) => format!("{advice}; {change}"),
            None => change,
        };
        Self::mismatch(error.expected(), error.found(), advice)
            .at(error.place())
            .caused_by(error)
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
        Self::mismatch(&error.expected, &error.found, &error.advice)
            .at(error.place())
            .caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_in_the_report_alone_and_the_cause_is_kept() {
        let error = RunnerError::mismatch("b", "c", "do d").at("a").at("step 1");
        assert_eq!(error.place.as_deref(), Some("step 1: a"));
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

    #[test]
    fn errors_of_files_and_libraries_keep_their_parts_and_their_cause() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        for error in [
            RunnerError::unwritable(Path::new("run/last"), full()),
            RunnerError::unreadable(Path::new("run/last"), full()),
        ] {
            assert_eq!(error.place.as_deref(), Some("run/last"));
            assert!(error.to_string().ends_with(&full().to_string()), "{error}");
            let cause = error.source().and_then(|cause| cause.downcast_ref());
            let kind = cause.map(std::io::Error::kind);
            assert_eq!(kind, Some(std::io::ErrorKind::StorageFull));
        }
        let library = LossError::NonFinite {
            image: 3,
            loss: f32::NAN,
        };
        let text = library.to_string();
        let error = RunnerError::from(library).at("image 'x'");
        assert_eq!(error.expected.as_deref(), Some("a finite number"));
        assert_eq!(error.found, "NaN");
        assert_eq!(error.to_string(), format!("image 'x': {text}"));
        assert!(error.source().is_some_and(<dyn Error>::is::<LossError>));
        let setting = RunnerError::from(LossError::Setting {
            key: "sigma",
            expected: "at least 0".into(),
            found: "-1".into(),
        });
        assert_eq!(setting.advice, setting_advice("change it"));
        assert_eq!(setting.exit_code, 2);
    }
}
