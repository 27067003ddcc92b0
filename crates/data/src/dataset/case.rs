//! One case of a data set.

use std::path::PathBuf;

use serde::Serialize;

use crate::options::split::Split;

/// An image or a volume, with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Name of the image's file without its extension.
    pub stem: String,
    /// The patient; images of one patient stay in one split.
    pub patient: String,
    /// File of the photograph or the volume.
    pub image: PathBuf,
    /// File of its labels.
    pub labels: PathBuf,
    /// File of the labels without annotation noise: synthetic sets only.
    pub clean: Option<PathBuf>,
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
