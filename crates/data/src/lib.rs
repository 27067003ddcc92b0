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
mod error;
mod files;
mod formats;
mod images;
mod labels;
mod options;
pub mod synth;
mod text;

pub use augmentation::crop::Crop;
pub use augmentation::degradation::{Blur, LowResolution, Noise};
pub use augmentation::elastic::Elastic;
pub use augmentation::normalisation::Normalisation;
pub use augmentation::{Augmentation, Probability};
pub use batches::epoch_batches::EpochBatches;
pub use batches::options::BatchOptions;
pub use batches::samples::ImageGroup;
pub use batches::{BatchSource, HostBatch};
pub use check::{CheckReport, ClassShare, PatientShare, Shifted, check};
pub use dataset::overview::Overview;
pub use dataset::remark::Remark;
pub use dataset::{Case, Dataset, SplitEntry};
pub use error::DataError;
pub use files::foreign_volumes::foreign_volumes;
pub use files::listing::{
    Pairs, label_pictures, paired_files, paired_volumes, picture_files, volume_files,
};
pub use files::open::{open_file, read_bounded};
pub use files::patience::patiently;
pub use formats::nifti::affine::Affine;
pub use formats::nifti::grid::VolumeGrid;
pub use formats::nifti::read::{
    read_class_volume, read_class_volume_on, read_volume, read_volume_grid,
};
pub use formats::nifti::volume_stem;
pub use formats::nifti::write::write_label_volume;
pub use formats::npy::header::{ElementKind, NpyHeader};
pub use formats::npy::numbers::{Number, Numbers};
pub use formats::npy::write::{NpyElement, write_npy};
pub use formats::recognise::{RECOGNISED_BY, Recognised, recognise};
pub use images::photograph::read_picture;
pub use images::picture::{LabelMap, Picture};
pub use images::resize::{resize_labels, resize_picture};
pub use images::volume::{CaseImage, LabelVolume, Volume, VolumeExtent, VolumeNormalise};
pub use labels::label_file::LabelFile;
pub use labels::meaning::Meaning;
pub use labels::raw_labels::{read_label_image, write_label_png};
pub use options::{DataOptions, Kind, Split};
pub use text::in_utf8;
