//! Predictions of a trained network, and their scores.

mod colour_classifier;
pub(crate) mod evaluation;
pub(crate) mod label_files;
pub(crate) mod predictor;
pub(crate) mod scoring;
pub(crate) mod stored_prediction;
