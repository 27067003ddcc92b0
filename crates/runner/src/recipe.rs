//! Recipes: everything that decides a training, in one TOML file.
//!
//! A recipe is read strictly. A key that does not exist is an error that names the nearest one that does, in the file and on
//! the command line alike. `base = "NAME"` (an embedded recipe, or a `.toml` file beside this one) takes over what a recipe
//! does not say.

mod keys;
mod read_on_cpu;
mod source;

use std::path::Path;

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{ModuleOptimizer, SgdConfig};
use data::{Augmentation, BatchOptions, DataOptions, Normalisation, Split};
use loss::LossConfig;
use models::ModelConfig;
use serde::{Deserialize, Serialize};
use source::{EMBEDDED, Source};
use toml::{Table, Value};

use crate::error::RunnerError;
use crate::recipe::read_on_cpu::ReadOnProcessor;

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

/// The `[data]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataConfig {
    /// Layout, classes and split.
    #[serde(flatten)]
    pub options: DataOptions,
    /// Rows and columns that images are resized to.
    pub size: [usize; 2],
    /// MiB that decoded training and validation images may take together; those beyond are read anew for every epoch.
    pub cache_mib: usize,
    /// What the network sees of colours.
    pub normalise: Normalisation,
    /// The synthetic set to write when no folder is given; a recipe without it needs a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthetic: Option<SyntheticConfig>,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            options: DataOptions::default(),
            size: [256, 256],
            cache_mib: 4096,
            normalise: Normalisation::default(),
            synthetic: None,
        }
    }
}

/// A synthetic set in the layout of `data.kind`: `acdc`, `bamsi` or `fasu`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SyntheticConfig {
    /// How many photographs; for `acdc` patients, of two volumes each.
    pub images: usize,
    /// Their rows; columns are as many, or a third more (`fasu`).
    pub size: usize,
    /// Seed of everything in them.
    pub seed: u64,
    /// Strength of the annotation noise: 0 none, 1 as a surgeon's tool makes it.
    pub noise: f64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self {
            images: 160,
            size: 128,
            seed: 1,
            noise: 1.0,
        }
    }
}

/// Names of optimizers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerName {
    /// Adam with decoupled weight decay (Loshchilov, Hutter, ICLR 2019).
    #[default]
    AdamW,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// The `[optimizer]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptimizerConfig {
    /// Which.
    pub name: OptimizerName,
    /// The largest learning rate.
    pub learning_rate: f64,
    /// Decay of the weights, per unit of learning rate.
    pub weight_decay: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
    /// Longest gradient of an update, all parameters together; 0 for any.
    pub clip_norm: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            name: OptimizerName::default(),
            learning_rate: 1e-3,
            weight_decay: 1e-4,
            momentum: 0.9,
            clip_norm: 0.0,
        }
    }
}

impl OptimizerConfig {
    /// The optimizer, before its first step.
    pub fn build(&self) -> ModuleOptimizer {
        match self.name {
            OptimizerName::AdamW => {
                ReadOnProcessor(ops::AdamW::new(self.weight_decay as f32)).into()
            }
            OptimizerName::Sgd => {
                let sgd = SgdConfig::new()
                    .with_weight_decay(Some(WeightDecayConfig::new(self.weight_decay as f32)))
                    .with_momentum(Some(
                        MomentumConfig::new()
                            .with_momentum(self.momentum)
                            .with_dampening(0.0),
                    ))
                    .build();
                ReadOnProcessor(sgd).into()
            }
        }
    }
}

/// Names of learning-rate schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleName {
    /// The same rate throughout.
    Constant,
    /// Half a cosine down.
    #[default]
    Cosine,
    /// A power of the time that is left.
    Polynomial,
}

/// The `[schedule]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// Which.
    pub name: ScheduleName,
    /// Epochs of linear rise before it.
    pub warmup_epochs: usize,
    /// Power of `polynomial`.
    pub power: f64,
    /// What is left of the rate at the end, as a share.
    pub final_share: f64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            name: ScheduleName::default(),
            warmup_epochs: 0,
            power: 0.9,
            final_share: 0.01,
        }
    }
}

/// The `[train]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainConfig {
    /// How often every image is seen.
    pub epochs: usize,
    /// Images of a batch.
    pub batch_size: usize,
    /// Batches whose gradients make one update.
    pub accumulate: usize,
    /// Seed of the weights, the order, the augmentation and dropout.
    pub seed: u64,
    /// Finds the outputs of resizes, normalisations, poolings and concatenations anew in the backward pass: less
    /// memory, more time, the same numbers.
    pub recompute: bool,
    /// Threads that prepare batches.
    pub workers: usize,
    /// Scores the validation images every so many epochs, and after the last.
    pub evaluate_every: usize,
    /// Saves `last/` every so many epochs, and after the last.
    pub checkpoint_every: usize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch_size: 4,
            accumulate: 1,
            seed: 1,
            recompute: false,
            workers: 2,
            evaluate_every: 1,
            checkpoint_every: 1,
        }
    }
}

/// Epochs that a training may have: nobody lives to see more, and steps stay countable.
const MOST_EPOCHS: usize = 1_000_000;

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
                RunnerError::mend(
                    format!("recipe {place}: {}", error.to_string().trim_end()),
                    "correct the value; `selvedge recipe show bamsi` is a whole example",
                )
            })
    }

    /// Every key that there is, as the default recipe writes them.
    fn all_keys() -> Result<Table, RunnerError> {
        let mut full = Self::default();
        full.data.synthetic = Some(SyntheticConfig::default());
        Table::try_from(full).map_err(|error| {
            RunnerError::failed(
                error.to_string(),
                "this is a fault of the program: please report it",
            )
        })
    }

    /// The resolved recipe as text; itself a valid argument.
    ///
    /// # Errors
    ///
    /// A number that TOML cannot hold.
    pub fn to_toml(&self) -> Result<String, RunnerError> {
        toml::to_string(self).map_err(|error| {
            RunnerError::mend(
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

    /// Checks what can be checked without data or device.
    ///
    /// # Errors
    ///
    /// The first setting out of range.
    pub fn validate(&self) -> Result<(), RunnerError> {
        let positive = [
            (
                "data.size",
                *self.data.size.iter().min().expect("two sides"),
            ),
            ("train.epochs", self.train.epochs),
            ("train.batch_size", self.train.batch_size),
            ("train.accumulate", self.train.accumulate),
            ("train.workers", self.train.workers),
            ("train.evaluate_every", self.train.evaluate_every),
            ("train.checkpoint_every", self.train.checkpoint_every),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(out_of_range(key, "at least 1", 0));
            }
        }
        if self.train.epochs > MOST_EPOCHS {
            let expected = format!("1 to {MOST_EPOCHS}");
            return Err(out_of_range("train.epochs", &expected, self.train.epochs));
        }
        let ranges = [
            (
                "optimizer.learning_rate",
                self.optimizer.learning_rate,
                1e-12,
                100.0,
            ),
            (
                "optimizer.weight_decay",
                self.optimizer.weight_decay,
                0.0,
                10.0,
            ),
            ("optimizer.momentum", self.optimizer.momentum, 0.0, 0.9999),
            ("optimizer.clip_norm", self.optimizer.clip_norm, 0.0, 1e12),
            ("schedule.power", self.schedule.power, 0.0, 100.0),
            ("schedule.final_share", self.schedule.final_share, 0.0, 1.0),
        ];
        for (key, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return Err(out_of_range(key, &format!("{low} to {high}"), value));
            }
        }
        if i32::from(self.data.options.ignore) != self.loss.ignore {
            return Err(out_of_range(
                "loss.ignore",
                &format!("data.ignore, which is {}", self.data.options.ignore),
                self.loss.ignore,
            ));
        }
        // How many classes there are is known with the data; until then as many as have weights.
        let classes = self.loss.class_weights.len().max(2);
        self.model.validate(classes)?;
        self.model.check_batches(self.train.batch_size, None)?;
        if self.loss.skip_below > 0.0 && !self.model.trains_on_one_image() {
            return Err(out_of_range(
                "loss.skip_below",
                &format!(
                    "0 for {}, which cannot train on a batch that loses all images but one",
                    self.model.name.as_str()
                ),
                self.loss.skip_below,
            ));
        }
        self.loss.validate(classes)?;
        let unsound =
            |message| RunnerError::mend(message, "change it in the recipe, or with `--set`");
        self.augment.validate().map_err(unsound)?;
        self.augment
            .crop
            .check_size(self.data.size)
            .map_err(unsound)?;
        self.data.normalise.validate().map_err(unsound)
    }
}

fn out_of_range(key: &str, expected: &str, found: impl std::fmt::Display) -> RunnerError {
    RunnerError::mend(
        format!("{key}: expected {expected}, found {found}"),
        "change it in the recipe, or with `--set`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_recipe_is_valid_and_comes_back_from_its_own_text() {
        for (name, _) in Recipe::list().expect("all of them parse") {
            let recipe = Recipe::load(name, &[]).expect("a good recipe");
            recipe.validate().expect("sound settings");
            assert_eq!(recipe.name, name);
            let text = recipe.to_toml().expect("text");
            assert_eq!(
                Recipe::read(&Source::written(&text, name), &[]).expect("the same"),
                recipe
            );
        }
    }

    #[test]
    fn overrides_change_what_they_name() {
        let overrides = [
            "train.epochs=7",
            "loss.images=erm",
            "data.size=[64, 96]",
            "model.width = 4",
        ];
        let recipe = Recipe::load("smoke", &overrides.map(String::from)).expect("good overrides");
        assert_eq!(recipe.train.epochs, 7);
        assert_eq!(recipe.data.size, [64, 96]);
        assert_eq!(recipe.model.width, 4);
        assert_eq!(recipe.loss.images, loss::ImageRule::Erm);
    }

    #[test]
    fn a_misspelt_key_is_answered_with_the_right_one() {
        let error = Recipe::load("smoke", &["train.epoch=7".into()]).expect_err("no such key");
        assert_eq!(error.exit_code, 2);
        assert!(
            error.message.contains("train.epoch") && error.help.contains("train.epochs"),
            "{error}"
        );
        let text = "name = \"x\"\n[loss]\nsimga = 1.0\n";
        let error = Recipe::read(&Source::written(text, "my.toml"), &[]).expect_err("no such key");
        assert!(
            error.message.contains("my.toml") && error.message.contains("line 3"),
            "{error}"
        );
        assert!(error.help.contains("loss.sigma"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        let error = Recipe::load("smoke", &["train.epochs=many".into()]).expect_err("no number");
        assert_eq!(error.exit_code, 2);
        let error = Recipe::load("smoke", &["train.epochs".into()]).expect_err("no value");
        assert!(
            error.message.contains("KEY=VALUE") || error.help.contains("KEY=VALUE"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_recipe_is_answered_with_the_nearest() {
        let error = Recipe::load("bamsy", &[]).expect_err("no such recipe");
        assert!(error.help.contains("bamsi"), "{error}");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (item, key) in [
            ("train.batch_size=0", "train.batch_size"),
            ("optimizer.learning_rate=-1.0", "optimizer.learning_rate"),
            ("augment.contrast=7.0", "augment.contrast"),
            ("train.epochs=1000000000000000000", "1 to 1000000"),
            (
                "optimizer.clip_norm=nan",
                "expected 0 to 1000000000000, found NaN",
            ),
            ("augment.crop.from=[63, 64]", "augment.crop.from"),
            (
                "augment.elastic.amplitude=17.0",
                "augment.elastic.amplitude",
            ),
            ("loss.ignore=7", "loss.ignore"),
        ] {
            let recipe = Recipe::load("smoke", &[item.into()]).expect("a known key");
            let error = recipe.validate().expect_err("out of range");
            assert!(error.message.contains(key), "{error}");
        }
    }
}
