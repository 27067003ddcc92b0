//! What a trained network says of images, and how good that is.

mod colour_classifier;
pub(crate) mod evaluation;
pub(crate) mod label_files;
pub(crate) mod predictor;
pub(crate) mod scoring;
