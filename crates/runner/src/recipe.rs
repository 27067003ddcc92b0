//! Recipes: everything that decides a training, in one TOML file.
//!
//! A recipe is read strictly. A key that does not exist is an error that names the nearest one that does, in the file and on
//! the command line alike. `base = "NAME"` (an embedded recipe, or a `.toml` file beside this one) takes over what a recipe
//! does not say.

mod keys;
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

/// Everything that decides a training but the data's place and the device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipe {
    /// Begins the run folder's name.
    pub name: String,
    /// One line for lists.
    pub description: String,
    /// What is read, and at which size.
    pub data: DataConfig,
    /// What is done to training images.
    pub augment: Augmentation,
    /// The network.
    pub model: ModelConfig,
    /// The loss.
    pub loss: LossConfig,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time.
    pub schedule: ScheduleConfig,
    /// How long, in what portions, from which seed.
    pub train: TrainConfig,
}

impl Recipe {
    /// Names and descriptions of the embedded recipes.
    ///
    /// # Errors
    ///
    /// None, as long as the tests of this module pass.
    pub fn list() -> Result<Vec<(&'static str, String)>, RunnerError> {
        EMBEDDED
            .iter()
            .map(|(name, _)| Ok((*name, Self::load(name, &[])?.description)))
            .collect()
    }

    /// The text of an embedded recipe, comments and all.
    ///
    /// # Errors
    ///
    /// No recipe of that name; the nearest is named.
    pub fn text(name: &str) -> Result<&'static str, RunnerError> {
        source::text(name)
    }

    /// Reads a recipe by name, from a `.toml` file, or from the run folder that keeps one; then lays `key=value` overrides
    /// over it.
    ///
    /// # Errors
    ///
    /// It cannot be read, holds an unknown key or a value of the wrong kind.
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self, RunnerError> {
        Self::read(&Source::find(name_or_path)?, overrides)
    }

    /// Reads the recipe that a run's folder keeps, whatever the folder is called.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn of_run(folder: &Path) -> Result<Self, RunnerError> {
        Self::read(&Source::file(folder.join(source::KEPT))?, &[])
    }

    /// The default recipe with `key=value` overrides over it: for commands that need a section of one.
    ///
    /// # Errors
    ///
    /// An unknown key or a value of the wrong kind.
    pub fn from_overrides(overrides: &[String]) -> Result<Self, RunnerError> {
        Self::read(&Source::written("", "of defaults"), overrides)
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
                    format!("recipe {place}: {}", error.to_string().trim_end()),
                    "correct the value; `selvedge recipe show bamsi` is a whole example",
                )
            })
    }

    /// Every key that there is, as the default recipe writes them.
    fn all_keys() -> Result<Table, RunnerError> {
        let mut full = Self::default();
        full.data.synthetic = Some(SyntheticConfig::default());
        Table::try_from(full).map_err(|error| RunnerError::bug(error))
    }

    /// The resolved recipe as text; itself a valid argument.
    ///
    /// # Errors
    ///
    /// A number that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, RunnerError> {
        toml::to_string(self).map_err(|error| {
            RunnerError::fixable(
                format!("recipe {}: {error}", self.name),
                "correct the number",
            )
        })
    }

    /// Rows and columns at which whole images are seen: those of training, or those that its crops are cut from.
    pub fn whole_size(&self) -> [usize; 2] {
        if self.augment.crop.is_on() {
            self.augment.crop.from
        } else {
            self.data.size
        }
    }

    /// How batches of a split are made: augmented for training, and whole otherwise.
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
