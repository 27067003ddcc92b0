//! How batches are made, and the checks of these options.

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::augmentation::Augmentation;
use crate::augmentation::normalisation::Normalisation;
use crate::error::{DataError, setting_advice};

/// Maximum size in bytes of one batch, or of one image that crops are cut from.
const MAX_BYTES: usize = 4 << 30;

/// How batches are made.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    /// Rows of every image.
    pub height: usize,
    /// Columns of every image.
    pub width: usize,
    /// Images of a batch; the last batch of an epoch may have fewer.
    pub batch_size: usize,
    /// Applied to the images of a shuffled epoch.
    pub augmentation: Augmentation,
    /// Applied to values in 0..=1 before they enter the network.
    pub normalise: Normalisation,
    /// Seed of order and augmentation.
    pub seed: u64,
    /// Number of threads that make batches; 0 means 1.
    pub workers: usize,
    /// Memory for decoded images in bytes; images beyond it are read again in every epoch, with the same bits.
    pub cache_bytes: usize,
}

impl BatchOptions {
    /// Rows and columns at which images are read: those of the batches, or those that crops are cut from.
    pub(super) fn sample_size(&self) -> [usize; 2] {
        if self.augmentation.crop.is_on() {
            self.augmentation.crop.from
        } else {
            [self.height, self.width]
        }
    }

    /// Size in bytes of one image in memory: three colour bytes and one class byte per pixel.
    pub(super) fn sample_bytes(&self) -> usize {
        self.sample_size()
            .into_iter()
            .fold(4, usize::saturating_mul)
    }

    /// Checks whether batches can be made.
    ///
    /// # Errors
    ///
    /// The first option that is out of range, or a batch of more than 4 GiB.
    pub(super) fn validate(&self, root: &Path) -> Result<(), DataError> {
        let refuse = |expected: String, found: String, change: &str| {
            Err(DataError::new(
                root,
                expected,
                found,
                setting_advice(change),
            ))
        };
        let Self {
            height,
            width,
            batch_size,
            ..
        } = self;
        if *height == 0 || *width == 0 {
            let found = format!("{height}×{width}");
            return refuse(
                "a training size of at least 1×1".into(),
                found,
                "raise data.size",
            );
        }
        if *batch_size == 0 {
            return refuse(
                "batches of at least 1 image".into(),
                "0".into(),
                "raise train.batch_size",
            );
        }
        if let Err(problem) = self
            .augmentation
            .validate()
            .and_then(|()| self.augmentation.crop.check_size([*height, *width]))
            .and_then(|()| self.normalise.validate())
        {
            return Err(DataError::new(
                root,
                format!("{} of {}", problem.key, problem.expected),
                problem.found,
                problem.advice,
            ));
        }
        let [rows, columns] = self.sample_size();
        // Four numbers of four bytes per pixel.
        let batch = [*height, *width, 16]
            .into_iter()
            .fold(*batch_size, usize::saturating_mul);
        let bytes = batch.max(self.sample_bytes());
        if bytes > MAX_BYTES {
            return refuse(
                format!("batches and images of at most {} GiB", MAX_BYTES >> 30),
                format!(
                    "{batch_size} of {height}×{width}, from images of {rows}×{columns}, which take {:.1} GiB",
                    bytes as f64 / f64::from(1 << 30)
                ),
                "lower data.size, augment.crop.from or train.batch_size",
            );
        }
        Ok(())
    }
}
