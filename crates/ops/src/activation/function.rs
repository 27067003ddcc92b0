//! Which function of every number.

/// Which of the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Gelu,
    Silu,
    Sigmoid,
}
