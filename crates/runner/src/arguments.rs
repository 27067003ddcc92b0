//! Groups of options that several commands share.

pub(crate) mod checkpoint;
pub(crate) mod data_options;
pub(crate) mod device;
pub(crate) mod network;
pub(crate) mod recipe_changes;
