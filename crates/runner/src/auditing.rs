//! Audits of labels: what training noted, or predictions by networks that have not seen a label, turned into an audit folder.

pub(crate) mod application;

pub(crate) mod folder;
pub(crate) mod folds;
pub(crate) mod groups;
pub(crate) mod held_out;
pub(crate) mod images;
pub(crate) mod listing;
pub(crate) mod page;
pub(crate) mod place_pixels;
pub(crate) mod records;
pub(crate) mod revisit;
pub(crate) mod surroundings;
pub(crate) mod writing;
