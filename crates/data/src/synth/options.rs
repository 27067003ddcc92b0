//! The options of synthetic sets, and what a layout tells users about its own.

use std::path::Path;

use serde::Serialize;

use crate::error::DataError;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SynthOptions {
    /// How many images, 8 to 100000; of `acdc`, how many patients of two volumes each, 5 to 999.
    pub images: usize,
    /// Rows and columns of each image, 64 to 2048, of `acdc` 48 to 512; images of `fasu` have a third more columns.
    pub size: usize,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Strength of the annotation noise, 0 (none) to 3.
    pub noise: f64,
    /// Fraction of the labels with a gross error, 0 to 0.5: of the training labels, where the set has a split.
    #[serde(skip_serializing_if = "is_zero")]
    pub gross: f64,
}

impl SynthOptions {
    /// Whether the labels differ from the clean ones.
    pub(crate) fn has_errors(&self) -> bool {
        self.noise > 0.0 || self.gross > 0.0
    }
}

/// What is 0 is not written, so that sets without it stay as they were.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// The synthetic sets of a layout: how they are drawn, and how the command line describes them.
#[derive(Clone, Copy, Debug)]
pub struct SyntheticSet {
    /// What the images show.
    pub about: &'static str,
    /// The number of images.
    pub images: SizeOption,
    /// The size of an image.
    pub size: SizeOption,
    /// A folder, a number of images and a size for an example.
    pub example: (&'static str, usize, usize),
    /// Writes a set.
    pub draw: DrawSet,
}

/// One of the numbers that decide how large a synthetic set is.
#[derive(Clone, Copy, Debug)]
pub struct SizeOption {
    /// What is counted.
    pub help: &'static str,
    /// The value if none is given.
    pub default: usize,
}

/// Writes a synthetic set into a new folder and returns a sentence that describes it. `progress` is called with the number
/// of finished images (of `acdc`, patients).
pub type DrawSet = fn(
    folder: &Path,
    options: &SynthOptions,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<String, DataError>;
