//! The data set that an audit is about.

use std::path::Path;

use data::{DataOptions, Dataset};

use crate::auditing::folder::AuditNote;
use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::run_folder::data_checksum;

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
    /// The set cannot be opened, or it is not the one that was audited.
    pub(crate) fn open(note: &AuditNote, moved: Option<&Path>) -> Result<Self, RunnerError> {
        let root = moved.unwrap_or(&note.data);
        let dataset = Dataset::open(root, &note.options).map_err(|error| {
            RunnerError::from(error).with_more_advice("`--data DIR` names a set that was moved")
        })?;
        let then = &note.data_sha256;
        // It is empty if a file could not be read then.
        let now = (!then.is_empty()).then(|| data_checksum::of(&dataset, &FileSums::new()));
        if let Some(now) = now.flatten().filter(|now| now != then) {
            return Err(RunnerError::mismatch(
                format!("the files that were audited, whose checksum is {then}"),
                format!("others, whose checksum is {now}"),
                "restore the data as it was, or audit again",
            )
            .at(root.display()));
        }
        Ok(Self {
            dataset,
            options: note.options.clone(),
        })
    }
}
