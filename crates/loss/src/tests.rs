//! The losses held to plain loops, to properties of every loss, to PyTorch, and the fused passes to the formula.

pub(crate) mod oracle;
mod parity;
pub(crate) mod properties;
mod pytorch;
