//! What a trained network says of images, and how good that is.

pub(crate) mod colour_classifier;
pub mod evaluation;
pub(crate) mod predictor;
