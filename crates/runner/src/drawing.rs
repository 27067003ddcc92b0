//! Draws overlays and curves.

pub(crate) mod curves;
pub(crate) mod figure;
mod lettering;
pub(crate) mod overlay;
pub(crate) mod palette;
pub(crate) mod window;
