//! The settings of a layer.

/// What follows a normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// max(0, x).
    Relu,
}

/// The settings of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}
