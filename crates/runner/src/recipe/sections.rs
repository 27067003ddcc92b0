//! The sections of a recipe that no other crate defines.

use data::{DataOptions, Normalisation};
use ops::Precision;
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
    /// MiB that decoded training and validation images may take together; the rest is read again in every epoch.
    pub cache_mib: usize,
    /// How colours are normalised.
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
    /// Strength of the annotation noise: 0 none, 1 like a surgeon's annotation.
    pub noise: f64,
    /// Fraction of the labels with a gross error, such as the label of another image.
    pub gross: f64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self {
            images: 160,
            size: 128,
            seed: 1,
            noise: 1.0,
            gross: 0.0,
        }
    }
}

/// Names of learning-rate schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleName {
    /// The same rate throughout.
    Constant,
    /// Falls along half a cosine.
    #[default]
    Cosine,
    /// A power of the remaining time.
    Polynomial,
}

/// The `[schedule]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    /// Which.
    pub name: ScheduleName,
    /// Epochs of linear rise at the start.
    pub warmup_epochs: usize,
    /// Power of `polynomial`.
    pub power: f64,
    /// The rate at the end, as a fraction of the largest rate.
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

/// Names of precisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrecisionName {
    /// 32-bit floats.
    #[default]
    Single,
    /// The operands of convolutions are 16-bit floats in training steps; everything else is in 32 bits.
    Mixed,
}

impl From<PrecisionName> for Precision {
    fn from(name: PrecisionName) -> Self {
        match name {
            PrecisionName::Single => Self::Single,
            PrecisionName::Mixed => Self::Mixed,
        }
    }
}

/// The `[train]` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainConfig {
    /// Number of epochs.
    pub epochs: usize,
    /// Training ends if the validation Dice has not improved for this many epochs that were scored; 0 for never.
    pub patience: usize,
    /// Training ends after the epoch in which the run has taken this many hours; 0 for no limit.
    pub max_hours: f64,
    /// Images of a batch.
    pub batch_size: usize,
    /// Batches whose gradients make one update.
    pub accumulate: usize,
    /// Seed of the weights, the order, the augmentation and dropout.
    pub seed: u64,
    /// Recomputes the outputs of resizes, normalisations, poolings and concatenations in the backward pass: less memory, more
    /// time, the same numbers.
    pub recompute: bool,
    /// The precision of training steps. Validation, evaluation and prediction are always in single precision.
    pub precision: PrecisionName,
    /// Threads that prepare batches.
    pub workers: usize,
    /// Scores the validation images every this many epochs, and after the last.
    pub evaluate_every: usize,
    /// Saves `last/` every this many epochs, and after the last.
    pub checkpoint_every: usize,
    /// Validation images whose predictions are kept after each epoch that is scored, in `previews/`; 0 for none.
    pub previews: usize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            patience: 0,
            max_hours: 0.0,
            batch_size: 4,
            accumulate: 1,
            seed: 1,
            recompute: false,
            precision: PrecisionName::default(),
            workers: 2,
            evaluate_every: 1,
            checkpoint_every: 1,
            previews: 4,
        }
    }
}
