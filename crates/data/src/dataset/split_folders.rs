//! Names of the folders of splits.

use crate::options::split::Split;

/// Folders of splits, under every name that they may have.
pub(crate) const SPLIT_FOLDERS: [(&str, Split); 5] = [
    ("train", Split::Train),
    ("validation", Split::Validation),
    ("val", Split::Validation),
    ("valid", Split::Validation),
    ("test", Split::Test),
];
