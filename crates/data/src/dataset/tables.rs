//! Tables with a line per image.

pub(crate) mod cases_table;
pub(crate) mod image_names;
pub(crate) mod split_file;
pub(crate) mod table;
