//! One case of a data set.

use std::path::PathBuf;

use serde::Serialize;

use crate::options::split::Split;

/// One image, or one volume, with its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Name of the image's file without its extension.
    pub stem: String,
    /// Whose image it is; images of one patient stay in one split.
    pub patient: String,
    /// The photograph, or the volume.
    pub image: PathBuf,
    /// Its labels.
    pub labels: PathBuf,
    /// The labels as they should be, where they are known: synthetic sets only.
    pub clean: Option<PathBuf>,
}

/// A case in the table that a run keeps of its split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitEntry {
    /// Name of the image.
    pub image: String,
    /// Whose image.
    pub patient: String,
    /// What it is for.
    pub split: Split,
}

/// A case, and the split that the data set itself gives it, if it gives one.
pub(crate) type Candidate = (Case, Option<Split>);
