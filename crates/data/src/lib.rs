//! Pictures and labels on the host.

mod picture;

pub use picture::{LabelMap, Picture};
