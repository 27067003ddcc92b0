//! One case of a data set.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::options::split::Split;

/// An image or a volume, with its labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Name of the image's file without its extension.
    pub stem: String,
    /// The patient; images of one patient stay in one split.
    pub patient: String,
    /// File of the photograph or the volume.
    pub image: PathBuf,
    /// File of its labels; the first of its masks, if there are any.
    pub labels: PathBuf,
    /// If the labels are drawn in several files: all of them, later ones over earlier ones. Otherwise empty.
    pub masks: Vec<Mask>,
    /// File of the labels without annotation noise: synthetic sets only.
    pub clean: Option<PathBuf>,
}

impl Case {
    /// Every file of its labels.
    pub fn label_files(&self) -> impl Iterator<Item = &Path> {
        let whole = self.masks.is_empty().then_some(self.labels.as_path());
        whole
            .into_iter()
            .chain(self.masks.iter().map(|mask| mask.file.as_path()))
    }
}

/// One of several files in which the labels of an image are drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mask {
    /// The class of all that it marks; `None` if its values are class numbers.
    pub class: Option<u8>,
    /// The file.
    pub file: PathBuf,
}

/// A case in the table of the split that a run stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitEntry {
    /// Name of the image.
    pub image: String,
    /// The patient.
    pub patient: String,
    /// Its split.
    pub split: Split,
}

/// A case, and its split if the data set defines it.
pub(crate) type Candidate = (Case, Option<Split>);
