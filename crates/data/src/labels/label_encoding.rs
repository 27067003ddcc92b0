//! How a data set writes its label files.

use std::collections::BTreeMap;

/// How label files are written, unless the recipe defines it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelEncoding {
    /// Number of classes, background included.
    pub(crate) classes: usize,
    /// The value of ignored pixels.
    pub(crate) ignore: u8,
    /// Whether, in files of two classes, white is the usual way to write 1.
    pub(crate) white_is_one: bool,
    /// Class numbers by value, in the form of `data.label_values`.
    pub(crate) palette: BTreeMap<String, u8>,
}
