//! The table of an experiment, for people, for programs and for papers. The same runs give the same bytes.

mod cell_text;
mod csv_file;
mod latex;
mod markdown;

use std::fs;
use std::path::Path;

use crate::error::RunnerError;
use crate::experiment::results::Results;
use crate::files::output::OutputFolder;

/// The texts of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) markdown: String,
    pub(crate) csv: String,
    pub(crate) latex: String,
}

impl Tables {
    /// Of the results of an experiment.
    ///
    /// # Errors
    ///
    /// None of writing to memory.
    pub(crate) fn of(results: &Results) -> Result<Self, RunnerError> {
        Ok(Self {
            markdown: markdown::text(results),
            csv: csv_file::text(results)?,
            latex: latex::text(results),
        })
    }

    /// Writes `table.md`, `table.csv` and `table.tex` into the experiment's folder.
    ///
    /// # Errors
    ///
    /// Other files have these names; the disk's error.
    pub(crate) fn write(&self, experiment: &Path) -> Result<(), RunnerError> {
        let files = [
            ("table.md", &self.markdown),
            ("table.csv", &self.csv),
            ("table.tex", &self.latex),
        ];
        let is_there = |name: &str, text: &str| {
            fs::read(experiment.join(name)).is_ok_and(|found| found == text.as_bytes())
        };
        if files.iter().all(|(name, text)| is_there(name, text)) {
            return Ok(());
        }
        let names = files.map(|(name, _)| name.to_string());
        let folder = OutputFolder::prepare("table", experiment, &names)?;
        for (name, text) in files {
            let written = folder.write_bytes(name, text.as_bytes());
            // Another process that ran the same experiment may have written the same file meanwhile.
            if let Err(error) = written
                && !is_there(name, text)
            {
                return Err(error);
            }
        }
        Ok(())
    }
}
