//! The elementwise functions.

/// An elementwise function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Gelu,
    Silu,
    Sigmoid,
}
