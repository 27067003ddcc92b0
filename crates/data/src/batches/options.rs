//! How batches are made, and what is refused.

use std::path::Path;

use crate::{Augmentation, DataError, Normalisation};

/// Bytes that the samples of one split may take in memory.
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
    /// What is done to the images of a shuffled epoch.
    pub augmentation: Augmentation,
    /// What the network sees of values in 0..=1.
    pub normalise: Normalisation,
    /// Seed of order and augmentation.
    pub seed: u64,
    /// Threads that make batches; 0 is read as 1.
    pub workers: usize,
}

impl BatchOptions {
    /// Whether batches of so many images can be made.
    ///
    /// # Errors
    ///
    /// The first option that makes no sense, or more than 4 GiB of images.
    pub(super) fn validate(&self, images: usize, root: &Path) -> Result<(), DataError> {
        let refuse = |expected: String, found: String, advice: &str| {
            Err(DataError::new(root, expected, found, advice))
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
                "raise data.size in the recipe",
            );
        }
        if *batch_size == 0 {
            return refuse(
                "batches of at least 1 image".into(),
                "0".into(),
                "raise train.batch_size in the recipe",
            );
        }
        if let Err(problem) = self
            .augmentation
            .validate()
            .and_then(|()| self.normalise.validate())
        {
            return refuse(
                "settings that make sense".into(),
                problem,
                "correct it in the recipe",
            );
        }
        // Three bytes of colour and one of class for each pixel.
        let bytes = [*height, *width, 4]
            .into_iter()
            .fold(images, usize::saturating_mul);
        if bytes > MAX_BYTES {
            return refuse(
                format!(
                    "images that fit into {} GiB of memory at training size",
                    MAX_BYTES >> 30
                ),
                format!(
                    "{images} of {height}×{width}, which take {:.1} GiB",
                    bytes as f64 / f64::from(1 << 30)
                ),
                "lower data.size in the recipe, or train on fewer images",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> BatchOptions {
        BatchOptions {
            height: 512,
            width: 512,
            batch_size: 8,
            augmentation: Augmentation::default(),
            normalise: Normalisation::default(),
            seed: 0,
            workers: 1,
        }
    }

    #[test]
    fn four_gibibytes_are_the_most() {
        let check = |options: BatchOptions, images| options.validate(images, Path::new("set"));
        assert_eq!(check(options(), 4096), Ok(()));
        let error = check(options(), 4097).expect_err("one too many");
        assert!(error.found.contains("4097 of 512×512"), "{error}");
        let endless = BatchOptions {
            // Times the width, this wraps round to 0.
            height: usize::MAX / 2 + 1,
            ..options()
        };
        assert!(check(endless, 1).is_err());
    }

    #[test]
    fn the_setting_to_correct_is_named() {
        let gamma = Augmentation {
            gamma: -1.0,
            ..Augmentation::default()
        };
        let flat = Normalisation {
            deviation: [0.0; 3],
            ..Normalisation::default()
        };
        for (options, key) in [
            (
                BatchOptions {
                    width: 0,
                    ..options()
                },
                "data.size",
            ),
            (
                BatchOptions {
                    batch_size: 0,
                    ..options()
                },
                "train.batch_size",
            ),
            (
                BatchOptions {
                    augmentation: gamma,
                    ..options()
                },
                "augment.gamma",
            ),
            (
                BatchOptions {
                    normalise: flat,
                    ..options()
                },
                "data.normalise.deviation",
            ),
        ] {
            let error = options
                .validate(1, Path::new("set"))
                .expect_err("senseless");
            assert!(format!("{error} {}", error.advice).contains(key), "{error}");
        }
    }
}
