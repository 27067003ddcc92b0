//! Names of the folders of splits.

use crate::options::split::Split;

/// Names of the folders of splits, including alternative ones.
pub(crate) const SPLIT_FOLDERS: [(&str, Split); 5] = [
    ("train", Split::Train),
    ("validation", Split::Validation),
    ("val", Split::Validation),
    ("valid", Split::Validation),
    ("test", Split::Test),
];
