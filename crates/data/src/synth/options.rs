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
