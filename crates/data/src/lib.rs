//! Data sets: finding and reading their files, splitting them by patient, and making batches.
//!
//! * [`Dataset`] lists and pairs the files of a folder in one of the layouts of [`LayoutName`], and splits them by patient.
//! * [`read_image`] and [`read_label_image`] read image files; the [`DataError`] of an unreadable file
//!   names it.
//! * [`read_volume`] and [`write_label_volume`] do the same for NIfTI volumes, whose slices are treated as images;
//!   [`Dataset::volume_extent`] reads the shape and spacing of a volume without its voxels.
//! * [`BatchSource`] makes shuffled, augmented batches on worker threads; an epoch depends on the seed alone.
//! * [`check()`] reports every problem of a folder at once.
//!
//! A [`PlanarImage`] is planar RGB, f32 in 0..=1; a [`LabelMap`] has one class number per pixel, and 255 (or the ignore value
//! of the data set) for ignored pixels.
//!
//! Training images are kept in memory with 8 bits per value. A slice of a volume with more bits, such as 12-bit MRI, is
//! therefore rounded to 8 bits for training and validation during training, whereas prediction and the final scores use its
//! f32 values.

mod augmentation;
mod batches;
mod check;
mod corruption;
mod dataset;
mod error;
mod files;
mod formats;
mod gross_error;
mod images;
mod labels;
mod options;
mod pixel_box;
mod plant;
pub mod regions;
mod remark;
pub mod synth;
mod text;

pub use augmentation::crop::Crop;
pub use augmentation::degradation::{Blur, LowResolution, Noise};
pub use augmentation::elastic::Elastic;
pub use augmentation::normalisation::Normalisation;
pub use augmentation::{Augmentation, Probability};
pub use batches::BatchSource;
pub use batches::epoch_batches::EpochBatches;
pub use batches::host_batch::HostBatch;
pub use batches::options::BatchOptions;
pub use batches::samples::ImageGroup;
pub use check::{CheckReport, ClassStatistics, PatientStatistics, Shifted, check};
pub use corruption::{
    CORRUPTIONS, ClassLean, Corruption, GrossError, MissedPlace, SwappedPlace, read_corruptions,
};
pub use dataset::Dataset;
pub use dataset::case::{Case, Mask, SplitEntry};
pub use dataset::overview::Overview;
pub use dataset::set_copy::{Changes, NewLabels};
pub use error::{DataError, SettingError, UnknownName, setting_advice};
pub use files::comparison::{Pairs, label_images, paired_files, paired_volumes};
pub use files::listing::{image_files, volume_files};
pub use files::names::volume_stem;
pub use files::open::{ReadError, open_file, read_bounded};
pub use files::retry::retry_while_open;
pub use files::unsupported_volumes::unsupported_volumes;
pub use formats::nifti::read::{
    read_class_volume, read_class_volume_on, read_volume, read_volume_grid,
};
pub use formats::nifti::write::write_label_volume;
pub use formats::npy::header::{ElementKind, NpyHeader};
pub use formats::npy::numbers::{Number, Numbers};
pub use formats::npy::write::{NpyElement, write_npy};
pub use formats::photograph::read_image;
pub use images::affine::Affine;
pub use images::case_image::CaseImage;
pub use images::label_map::LabelMap;
pub use images::label_volume::{LabelVolume, image_name};
pub use images::planar_image::PlanarImage;
pub use images::resize::{resize_image, resize_labels};
pub use images::volume::{Volume, VolumeExtent, VolumeNormalise};
pub use images::volume_grid::VolumeGrid;
pub use labels::label_file::LabelFile;
pub use labels::label_images::{read_label_image, write_label_png};
pub use labels::meaning::Meaning;
pub use options::DataOptions;
pub use options::layout_name::LayoutName;
pub use options::split::Split;
pub use pixel_box::PixelBox;
pub use plant::{PlantOptions, Planted, plant};
pub use remark::Remark;
pub use text::counted;
