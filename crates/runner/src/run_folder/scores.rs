//! One line of `scores.jsonl`: the results of an epoch.

use metrics::Summary;
use serde::{Deserialize, Serialize};

use crate::run_folder::epoch_sums::EpochSums;

/// The results of an epoch. Nothing in them depends on the clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochScores {
    /// From 1.
    pub epoch: usize,
    /// Learning rate of its last step.
    pub learning_rate: f64,
    /// Mean L of the training images.
    pub train_loss: f64,
    /// Mean image weight B.
    pub kept_images: f64,
    /// Fraction of the training pixels that the pixel rule kept.
    pub kept_pixels: f64,
    /// The same by class; null for a class without pixels.
    pub kept_per_class: Vec<Option<f64>>,
    /// Mean L of the validation images; null if they were not scored.
    pub validation_loss: Option<f64>,
    /// Fraction of the validation pixels with the right class.
    pub accuracy: Option<f64>,
    /// Mean Dice over the foreground classes of the validation images.
    pub dice: Option<f64>,
    /// Mean IoU over the foreground classes.
    pub miou: Option<f64>,
    /// By class.
    pub per_class: Vec<ClassScores>,
    /// Number of the leg that trained it, from 2; none in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<usize>,
}

/// A class on the validation images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Class number.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Mean Dice over the images that contain it.
    pub dice: Option<f64>,
    /// Mean IoU over them.
    pub iou: Option<f64>,
    /// Number of these images.
    pub images: usize,
    /// Validation pixels that were predicted as this class; none in a run of an earlier version.
    #[serde(default)]
    pub predicted: Option<u64>,
}

impl EpochScores {
    /// From an epoch's sums, and from its validation if there was one.
    pub(crate) fn new(
        epoch: usize,
        learning_rate: f64,
        sums: &EpochSums,
        validation: Option<(&Summary, f64)>,
    ) -> Self {
        let mut scores = Self {
            epoch,
            learning_rate,
            train_loss: sums.mean_loss(),
            kept_images: sums.kept_images(),
            kept_pixels: sums.kept_pixels(),
            kept_per_class: sums.kept_per_class(),
            ..Self::default()
        };
        if let Some((summary, loss)) = validation {
            scores.validation_loss = Some(loss);
            scores.accuracy = summary.accuracy;
            scores.dice = summary.dice;
            scores.miou = summary.miou;
            let rows = summary.confusion.rows();
            let predicted =
                |class: usize| -> u64 { rows.iter().filter_map(|row| row.get(class)).sum() };
            scores.per_class = summary
                .per_class
                .iter()
                .map(|class| ClassScores {
                    class: class.class,
                    name: class.name.clone(),
                    dice: class.dice,
                    iou: class.iou,
                    images: class.images,
                    predicted: Some(predicted(class.class)),
                })
                .collect();
        }
        scores
    }

    /// Names of the classes that lost more than half of their pixels to the pixel rule.
    pub(crate) fn mostly_dropped<'a>(&self, names: &'a [String]) -> Vec<&'a str> {
        self.kept_per_class
            .iter()
            .zip(names)
            .filter(|(kept, _)| kept.is_some_and(|kept| kept < 0.5))
            .map(|(_, name)| name.as_str())
            .collect()
    }
}
