//! One training of an experiment.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// One training of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    /// Name of the network.
    pub(crate) network: String,
    /// Name of the row.
    pub(crate) row: String,
    /// Seed.
    pub(crate) seed: u64,
    /// SHA-256 of recipe and data, in hexadecimal digits.
    pub(crate) hash: String,
    /// The resolved recipe.
    pub(crate) recipe: String,
}

/// Digits of a hash in a folder's name.
const DIGITS: usize = 8;

impl Item {
    /// Folder of the network and the row.
    pub(crate) fn group(&self) -> String {
        format!("{}-{}", self.network, self.row)
    }

    /// Its run folder in the experiment's folder.
    pub(crate) fn folder(&self, experiment: &Path) -> PathBuf {
        let hash = self.hash.get(..DIGITS).unwrap_or(&self.hash);
        experiment
            .join(self.group())
            .join(format!("seed-{}-{hash}", self.seed))
    }

    /// A file next to the run folder, with this ending.
    pub(crate) fn beside(&self, experiment: &Path, ending: &str) -> PathBuf {
        let mut name = self.folder(experiment).into_os_string();
        name.push(ending);
        PathBuf::from(name)
    }

    /// Network, row and seed, for messages.
    pub(crate) fn title(&self) -> String {
        format!("{} {} seed {}", self.network, self.row, self.seed)
    }

    /// Its recipe.
    ///
    /// # Errors
    ///
    /// The plan was changed by hand, or written by a later version.
    pub(crate) fn recipe(&self) -> Result<Recipe, RunnerError> {
        Recipe::of_text(&self.recipe, &format!("of {}", self.title()))
    }

    /// Whether it is of this choice: `network=NAME`, `row=NAME` and `seed=N`, all of which have to agree; several values of one
    /// key are alternatives.
    pub(crate) fn is_chosen(&self, only: &[(String, String)]) -> bool {
        ["network", "row", "seed"].into_iter().all(|key| {
            let own = match key {
                "network" => self.network.clone(),
                "row" => self.row.clone(),
                _ => self.seed.to_string(),
            };
            let mut wanted = only.iter().filter(|(of, _)| of == key).peekable();
            wanted.peek().is_none() || wanted.any(|(_, value)| *value == own)
        })
    }
}
