//! Recipes: everything that determines a training, in one TOML file.
//!
//! A recipe is read strictly: an unknown key is an error that names the nearest known key, in the file and on the command line.
//! `base = "NAME"` (an embedded recipe, or a `.toml` file in the same folder) supplies everything that a recipe does not set.

pub(crate) mod keys;
pub(crate) mod optimizer;
mod read_on_cpu;
pub(crate) mod sections;
mod source;
mod validate;

use std::path::Path;

use data::{Augmentation, BatchOptions, Split};
use loss::LossConfig;
use models::ModelConfig;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::error::RunnerError;
use crate::recipe::optimizer::OptimizerConfig;
use crate::recipe::sections::{DataConfig, ScheduleConfig, SyntheticConfig, TrainConfig};
use crate::recipe::source::{EMBEDDED, Source};

/// Everything that determines a training, except the data's folder and the device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// The start of the run folder's name.
    pub name: String,
    /// One line, for lists.
    pub description: String,
    /// The data, and the size of images.
    pub data: DataConfig,
    /// The augmentation of training images.
    pub augment: Augmentation,
    /// The network.
    pub model: ModelConfig,
    /// The loss.
    pub loss: LossConfig,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time.
    pub schedule: ScheduleConfig,
    /// Epochs, batches and the seed.
    pub train: TrainConfig,
}

impl Recipe {
    /// Names and descriptions of the embedded recipes.
    ///
    /// # Errors
    ///
    /// None: tests load every embedded recipe.
    pub fn list() -> Result<Vec<(&'static str, String)>, RunnerError> {
        EMBEDDED
            .iter()
            .map(|(name, _)| Ok((*name, Self::load(name, &[])?.description)))
            .collect()
    }

    /// The text of an embedded recipe, with its comments.
    ///
    /// # Errors
    ///
    /// No recipe of that name; the nearest is named.
    pub fn text(name: &str) -> Result<&'static str, RunnerError> {
        source::text(name)
    }

    /// Reads a recipe by the name of an embedded one, from a `.toml` file, or from a run folder; then applies `key=value`
    /// overrides.
    ///
    /// # Errors
    ///
    /// It cannot be read, or has an unknown key or a value of the wrong type.
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self, RunnerError> {
        Self::read(&Source::find(name_or_path)?, overrides)
    }

    /// Reads the recipe of a run's folder, whatever its name.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn of_run(folder: &Path) -> Result<Self, RunnerError> {
        Self::read(&Source::file(folder.join(source::KEPT))?, &[])
    }

    /// The default recipe with `key=value` overrides, for commands that need one section of a recipe.
    ///
    /// # Errors
    ///
    /// An unknown key, or a value of the wrong type.
    pub fn from_overrides(overrides: &[String]) -> Result<Self, RunnerError> {
        Self::read(&Source::written("", "of defaults"), overrides)
    }

    /// Reads a recipe from its text; `place` names it in messages.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub(crate) fn of_text(text: &str, place: &str) -> Result<Self, RunnerError> {
        Self::read(&Source::written(text, place), &[])
    }

    fn read(source: &Source, overrides: &[String]) -> Result<Self, RunnerError> {
        let known = Self::all_keys()?;
        let mut table = source.table(&known)?;
        for item in overrides {
            keys::override_value(&mut table, item)?;
        }
        let place = &source.place;
        keys::check(&table, &known, place, "")?;
        Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| {
                RunnerError::fixable(
                    error.to_string().trim_end(),
                    "correct the value; `selvedge recipe show bamsi` is a complete example",
                )
                .at(format!("recipe {place}"))
                .caused_by(error)
            })
    }

    /// All keys, as in the default recipe.
    fn all_keys() -> Result<Table, RunnerError> {
        let mut full = Self::default();
        full.data.synthetic = Some(SyntheticConfig::default());
        Table::try_from(full).map_err(RunnerError::bug)
    }

    /// The resolved recipe as text, which is a recipe again.
    ///
    /// # Errors
    ///
    /// A number that TOML cannot represent.
    pub fn to_toml(&self) -> Result<String, RunnerError> {
        toml::to_string(self).map_err(|error| {
            RunnerError::fixable(error.to_string(), "correct the number")
                .at(format!("recipe {}", self.name))
                .caused_by(error)
        })
    }

    /// The keys that differ from their defaults, except name and description: the same for as long as the training is the same,
    /// whatever keys a later version adds.
    ///
    /// # Errors
    ///
    /// A number that TOML cannot represent.
    pub(crate) fn own_keys(&self) -> Result<Table, RunnerError> {
        let mut own = Table::try_from(self).map_err(RunnerError::bug)?;
        own.remove("name");
        own.remove("description");
        Ok(keys::differing(own, &Self::all_keys()?))
    }

    /// Rows and columns of whole images: those of training, or those that crops are cut from.
    pub fn whole_size(&self) -> [usize; 2] {
        if self.augment.crop.is_on() {
            self.augment.crop.from
        } else {
            self.data.size
        }
    }

    /// How batches of a split are made: augmented for training, whole otherwise.
    pub fn batch_options(&self, split: Split) -> BatchOptions {
        let (augmentation, [height, width]) = match split {
            Split::Train => (self.augment.clone(), self.data.size),
            _ => (Augmentation::default(), self.whole_size()),
        };
        BatchOptions {
            height,
            width,
            batch_size: self.train.batch_size,
            augmentation,
            normalise: self.data.normalise,
            seed: self.train.seed,
            workers: self.train.workers,
            cache_bytes: self.data.cache_mib.saturating_mul(1 << 20),
        }
    }
}

#[cfg(test)]
mod tests;
