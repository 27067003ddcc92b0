//! The data set that an audit is about.

use std::path::{Path, PathBuf};

use data::{DataOptions, Dataset};
use serde::Deserialize;

use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::files::input::{NOTES, read_text};
use crate::run_folder::data_checksum;

/// Its description in the folder of an audit.
pub(crate) const ABOUT: &str = "audit.json";

/// What is read of `audit.json`.
#[derive(Debug, Deserialize)]
struct About {
    /// The data folder.
    data: PathBuf,
    /// The checksum of its files, if they could be read.
    #[serde(default)]
    data_sha256: Option<String>,
    /// How it is read.
    options: DataOptions,
}

/// The audited data set and its settings.
#[derive(Debug)]
pub(crate) struct Audited {
    pub(crate) dataset: Dataset,
    pub(crate) options: DataOptions,
}

impl Audited {
    /// Opens the data set of an audit, in the folder that the audit names or in `moved`.
    ///
    /// # Errors
    ///
    /// The description is missing or damaged; the set cannot be opened; it is not the one that was audited.
    pub(crate) fn open(audit: &Path, moved: Option<&Path>) -> Result<Self, RunnerError> {
        let path = audit.join(ABOUT);
        let advice = "give the folder that `selvedge audit` wrote";
        let text = read_text(&path, NOTES).map_err(|error| error.with_more_advice(advice))?;
        let about: About = serde_json::from_str(&text).map_err(|error| {
            RunnerError::mismatch(
                "a description of an audit, with its data folder and how it is read",
                error.to_string(),
                advice,
            )
            .at(path.display())
        })?;
        let options = about.options;
        let root = moved.unwrap_or(&about.data);
        let dataset = Dataset::open(root, &options).map_err(|error| {
            RunnerError::from(error).with_more_advice("`--data DIR` names a set that was moved")
        })?;
        let now = about
            .data_sha256
            .as_ref()
            .and_then(|_| data_checksum::of(&dataset, &FileSums::new()));
        if let (Some(then), Some(now)) = (&about.data_sha256, &now)
            && then != now
        {
            return Err(RunnerError::mismatch(
                format!("the files that were audited, whose checksum is {then}"),
                format!("others, whose checksum is {now}"),
                "restore the data as it was, or audit again",
            )
            .at(root.display()));
        }
        Ok(Self { dataset, options })
    }
}
