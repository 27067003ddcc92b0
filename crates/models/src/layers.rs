//! The layers that the networks share.

pub(crate) mod attention;
mod batch_norm;
pub(crate) mod builder;
pub(crate) mod conv_norm;
pub(crate) mod conv_norm_relu;
pub(crate) mod convolution;
pub(crate) mod grey_input;
pub(crate) mod initial;
pub(crate) mod linear;
pub(crate) mod norm;
pub(crate) mod notes;
pub(crate) mod operations;
pub(crate) mod stochastic_depth;
