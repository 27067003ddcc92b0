//! Data sets from folders: which files belong together, what they hold, how they are split, and batches of them.
//!
//! * [`Dataset`] lists and pairs the files of a folder in one of the layouts of [`Kind`], and splits them by patient.
//! * [`read_picture`] and [`read_label_image`] read the formats that such folders hold; a bad file gives a [`DataError`]
//!   that names it.
//! * [`BatchSource`] makes shuffled, augmented batches on worker threads, each epoch from the seed alone.
//! * [`check()`] finds every problem of a folder at once.
//!
//! A [`Picture`] is planar RGB, f32 in 0..=1; a [`LabelMap`] holds one class number per pixel, 255 (or what the set says)
//! for pixels to be ignored.

mod augmentation;
mod batches;
mod check;
mod dataset;
mod decode;
mod error;
mod jpeg;
mod label_values;
mod listing;
mod numpy;
mod options;
mod picture;
mod resize;
mod split;
pub mod synth;

pub use augmentation::{Augmentation, Normalisation};
pub use batches::{BatchOptions, BatchSource, EpochBatches, HostBatch};
pub use check::{CheckReport, ClassShare, PatientShare, Shifted, check};
pub use dataset::{Case, Dataset, SplitEntry};
pub use decode::{read_label_image, read_picture, write_label_png};
pub use error::DataError;
pub use listing::{paired_files, picture_files};
pub use options::{DataOptions, Kind, Split};
pub use picture::{LabelMap, Picture};
pub use resize::{resize_labels, resize_picture};
