//! Sums over the steps of one epoch, for its line of scores.

use serde::{Deserialize, Serialize};

/// The sums so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpochSums {
    /// Images that took part.
    pub(crate) images: usize,
    /// Sum of their losses.
    pub(crate) loss: f64,
    /// Sum of their weights.
    pub(crate) weight: f64,
    /// Images skipped because their weight was nearly 0.
    pub(crate) skipped: usize,
    /// Pixels kept, by class.
    pub(crate) kept: Vec<f64>,
    /// Pixels not ignored, by class.
    pub(crate) valid: Vec<f64>,
}

impl EpochSums {
    pub(crate) fn new(classes: usize) -> Self {
        Self {
            kept: vec![0.0; classes],
            valid: vec![0.0; classes],
            ..Self::default()
        }
    }

    /// Mean loss of the images.
    pub(crate) fn mean_loss(&self) -> f64 {
        self.loss / self.images.max(1) as f64
    }

    /// Mean weight of the images: the fraction of them that training relies on.
    pub(crate) fn kept_images(&self) -> f64 {
        self.weight / (self.images + self.skipped).max(1) as f64
    }

    /// Fraction of the pixels that were kept.
    pub(crate) fn kept_pixels(&self) -> f64 {
        fraction(self.kept.iter().sum(), self.valid.iter().sum()).unwrap_or(1.0)
    }

    /// Fraction of each class's pixels that were kept; none for a class without pixels.
    pub(crate) fn kept_per_class(&self) -> Vec<Option<f64>> {
        self.kept
            .iter()
            .zip(&self.valid)
            .map(|(&kept, &valid)| fraction(kept, valid))
            .collect()
    }
}

fn fraction(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_of_the_images_and_pixels_seen() {
        let sums = EpochSums {
            images: 3,
            loss: 1.5,
            weight: 2.0,
            skipped: 1,
            kept: vec![30.0, 0.0],
            valid: vec![40.0, 0.0],
        };
        assert_eq!(sums.mean_loss().to_bits(), 0.5_f64.to_bits());
        assert_eq!(sums.kept_images().to_bits(), 0.5_f64.to_bits());
        assert_eq!(sums.kept_pixels().to_bits(), 0.75_f64.to_bits());
        assert_eq!(sums.kept_per_class(), [Some(0.75), None]);
    }

    #[test]
    fn an_empty_epoch_does_not_divide_by_zero() {
        let sums = EpochSums::new(2);
        assert!(sums.mean_loss().abs() < f64::EPSILON);
        assert_eq!(sums.kept_per_class(), [None, None]);
    }
}
