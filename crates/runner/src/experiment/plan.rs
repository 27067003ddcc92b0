//! `plan.json`: the trainings of an experiment's folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::experiment::grid::{Grid, GridText};
use crate::experiment::item::Item;
use crate::files::input::read_text;
use crate::files::output::OutputFolder;

/// Name of the file.
pub(crate) const FILE: &str = "plan.json";

/// Most bytes of the file: enough for ten thousand trainings.
const MOST: u64 = 64 << 20;

/// The trainings of an experiment's folder. The same choice gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Where the grid came from.
    pub(crate) place: String,
    /// The grid's text.
    pub(crate) grid: String,
    /// Name of the scale.
    pub(crate) scale: String,
    /// The working directory of its trainings: a synthetic set is in `data` there.
    pub(crate) directory: PathBuf,
    /// The data folder; none for synthetic sets.
    pub(crate) data: Option<PathBuf>,
    /// The device of its trainings.
    pub(crate) device: String,
    /// The trainings.
    pub(crate) items: Vec<Item>,
}

impl Plan {
    /// Reads the plan of an experiment's folder, or the file itself; returns the folder as well.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<(Self, PathBuf), RunnerError> {
        let file = if path.is_dir() {
            path.join(FILE)
        } else {
            path.to_path_buf()
        };
        if !file.exists() {
            return Err(RunnerError::fixable(
                format!(
                    "{}: expected the folder of an experiment, found no {FILE}",
                    path.display()
                ),
                "give a folder that `selvedge experiment run` or `export` wrote, such as experiments/table4-demo",
            ));
        }
        let plan = serde_json::from_str(&read_text(&file, MOST)?)
            .map_err(|error| RunnerError::unreadable(&file, error))?;
        let folder = std::path::absolute(&file).unwrap_or(file);
        let folder = folder.parent().unwrap_or(Path::new(".")).to_path_buf();
        Ok((plan, folder))
    }

    /// Writes it into a folder, unless it is there already.
    ///
    /// # Errors
    ///
    /// Another file has its name; the disk's error.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), RunnerError> {
        if Self::read(folder).is_ok_and(|(there, _)| there == *self) {
            return Ok(());
        }
        let mut text = serde_json::to_vec_pretty(self).map_err(RunnerError::bug)?;
        text.push(b'\n');
        OutputFolder::prepare("experiment", folder, &[FILE.to_string()])?.write_bytes(FILE, &text)
    }

    /// Its grid.
    ///
    /// # Errors
    ///
    /// The file was changed by hand, or written by a later version.
    pub(crate) fn grid(&self) -> Result<Grid, RunnerError> {
        let text = GridText {
            text: self.grid.clone(),
            place: self.place.clone(),
        };
        text.read()
    }
}
