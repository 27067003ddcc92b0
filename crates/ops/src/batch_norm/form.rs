//! What a layer does apart from its parameters.

/// What lies behind a normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// What is below 0 is cut.
    Relu,
}

/// What a layer does but for its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(super) epsilon: f64,
    pub(super) activation: Activation,
}
