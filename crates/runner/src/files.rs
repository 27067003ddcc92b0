//! Reading and writing files of any kind.

pub(crate) mod arrays;
pub(crate) mod checksum;
#[doc(hidden)]
pub mod disk;
pub(crate) mod input;
pub(crate) mod latest_run;
pub(crate) mod lock;
pub(crate) mod names_array;
pub(crate) mod output;
pub(crate) mod user_cache;
