//! Sections of a recipe that belong to no other crate.

use data::{DataOptions, Normalisation};
use serde::{Deserialize, Serialize};

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
