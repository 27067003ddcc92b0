//! Comparisons of the losses with plain loops, with PyTorch and with properties of every loss, and of the fused passes with the
//! formula.

pub(crate) mod oracle;
mod parity;
pub(crate) mod properties;
mod pytorch;
