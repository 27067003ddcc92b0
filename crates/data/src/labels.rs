//! Label images: their stored values, and the classes that these mean.

pub(crate) mod label_encoding;
pub(crate) mod label_file;
pub(crate) mod label_images;
pub(crate) mod label_note;
pub(crate) mod label_value;
pub(crate) mod label_values;
pub(crate) mod meaning;
pub(crate) mod opacity;
pub(crate) mod raw_labels;
