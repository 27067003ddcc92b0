//! Data sets from folders: which files belong together, what they hold, how they are split, and batches of them.
//!
//! * [`Dataset`] lists and pairs the files of a folder in one of the layouts of [`Kind`], and splits them by patient.
//! * [`read_picture`] and [`read_label_image`] read the formats that such folders hold; a bad file gives a [`DataError`]
//!   that names it.
//! * [`read_volume`] and [`write_label_volume`] do the same for NIfTI volumes, whose slices are pictures to everything else;
//!   [`Dataset::volume_extent`] reads a volume's shape and spacing without its voxels.
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
mod file;
mod homogenise;
mod jpeg;
mod label_file;
mod label_notes;
mod label_values;
mod listing;
mod meaning;
mod nifti;
mod npy;
mod npz;
mod numpy;
mod options;
mod overview;
mod palette;
mod patience;
mod photograph;
mod picture;
mod raw_labels;
mod recognise;
mod resize;
mod split;
mod strangers;
pub mod synth;
mod text;
mod tiff_samples;
mod volume;

pub use augmentation::{
    Augmentation, Blur, Crop, Elastic, LowResolution, Noise, Normalisation, Probability,
};
pub use batches::{BatchOptions, BatchSource, EpochBatches, HostBatch, ImageGroup};
pub use check::{CheckReport, ClassShare, PatientShare, Shifted, check};
pub use dataset::{Case, Dataset, Remark, SplitEntry};
pub use error::DataError;
pub use file::{open_file, read_bounded};
pub use label_file::LabelFile;
pub use listing::{
    Pairs, label_pictures, paired_files, paired_volumes, picture_files, volume_files,
};
pub use meaning::Meaning;
pub use nifti::{
    Affine, VolumeGrid, read_class_volume, read_class_volume_on, read_volume, read_volume_grid,
    volume_stem, write_label_volume,
};
pub use npy::{ElementKind, NpyElement, NpyHeader, Number, Numbers, write_npy};
pub use options::{DataOptions, Kind, Split};
pub use overview::Overview;
pub use patience::patiently;
pub use photograph::read_picture;
pub use picture::{LabelMap, Picture};
pub use raw_labels::{read_label_image, write_label_png};
pub use recognise::{RECOGNISED_BY, Recognised, recognise};
pub use resize::{resize_labels, resize_picture};
pub use strangers::foreign_volumes;
pub use text::{counted, in_utf8};
pub use volume::{CaseImage, LabelVolume, Volume, VolumeExtent, VolumeNormalise};
