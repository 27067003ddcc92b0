//! Finds, pairs and opens the files of a folder.

pub(crate) mod comparison;
pub(crate) mod listing;
pub(crate) mod names;
pub(crate) mod near_misses;
pub(crate) mod open;
pub(crate) mod pairing;
pub(crate) mod retry;
pub(crate) mod unsupported_volumes;
pub(crate) mod whole_folder;
