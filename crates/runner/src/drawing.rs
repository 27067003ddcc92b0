//! Pictures and curves of a run.

pub(crate) mod curves;
pub(crate) mod overlay;
pub(crate) mod palette;
