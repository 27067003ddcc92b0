//! What a layout finds in a folder.

use std::collections::BTreeMap;

use crate::dataset::case::Candidate;
use crate::labels::label_encoding::LabelEncoding;

/// The cases and classes that a layout finds in a folder.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) class_names: Vec<String>,
    /// The value of ignored pixels in the label files.
    pub(crate) ignore: u8,
    pub(crate) white_is_one: bool,
    /// The meaning of the values in the label files, unless the recipe defines it; in the form of `data.label_values`.
    pub(crate) palette: BTreeMap<String, u8>,
    /// Grades of whole images as class numbers, by image name.
    pub(crate) grades: BTreeMap<String, u8>,
    /// Whether the candidates are split by a fold that the data set defines, so that none is drawn.
    pub(crate) has_folds: bool,
    /// How the files were understood where nothing states it, in sentences.
    pub(crate) guesses: Vec<String>,
    /// Notes on ambiguous files and on skipped ones.
    pub(crate) notes: Vec<String>,
}

impl Found {
    /// How the label files are written.
    pub(crate) fn encoding(&self) -> LabelEncoding {
        LabelEncoding {
            classes: self.class_names.len(),
            ignore: self.ignore,
            white_is_one: self.white_is_one,
            palette: self.palette.clone(),
        }
    }

    /// How masks that mark one class are written.
    pub(crate) fn mask_encoding(&self) -> LabelEncoding {
        LabelEncoding {
            classes: 2,
            ignore: self.ignore,
            white_is_one: true,
            palette: BTreeMap::new(),
        }
    }
}
