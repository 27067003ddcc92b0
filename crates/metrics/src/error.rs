//! What can be wrong with a pair of label maps.

use std::fmt;

/// Which of the two label maps an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The reference.
    Truth,
    /// What is being scored.
    Prediction,
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Truth => "truth",
            Self::Prediction => "prediction",
        })
    }
}

/// Why a pair of label maps cannot be scored.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// The two maps are not of the same size.
    #[error(
        "expected truth and prediction of one shape [depth, height, width], found truth {truth:?} and prediction {prediction:?}; \
         resize the prediction to the truth's own size (nearest neighbour)"
    )]
    ShapesDiffer {
        /// Shape of the truth.
        truth: [usize; 3],
        /// Shape of the prediction.
        prediction: [usize; 3],
    },
    /// A map without pixels.
    #[error(
        "expected at least one pixel along each axis, found the shape {shape:?}; leave empty images out"
    )]
    Empty {
        /// Shape of both maps.
        shape: [usize; 3],
    },
    /// A map whose data do not fill its shape.
    #[error(
        "expected {expected} labels for a {side} of shape {shape:?}, found {found}; pass one label per pixel"
    )]
    WrongLength {
        /// Which map.
        side: Side,
        /// Its shape.
        shape: [usize; 3],
        /// Pixels by shape.
        expected: usize,
        /// Labels given.
        found: usize,
    },
    /// A label that names no class and is not the ignored one.
    #[error(
        "expected {side} labels below {classes}, found {label} at z {z}, y {y}, x {x}; \
         check the number of classes, and that pixels to leave out carry the ignore value in the truth"
    )]
    ClassOutOfRange {
        /// Which map.
        side: Side,
        /// The label found.
        label: u8,
        /// Number of classes.
        classes: usize,
        /// Slice of the first offending pixel.
        z: usize,
        /// Its row.
        y: usize,
        /// Its column.
        x: usize,
    },
    /// No classes, or more than labels can tell apart.
    #[error("expected 1 to 256 classes, found {found}; count the background among them")]
    ClassCount {
        /// Number of classes asked for.
        found: usize,
    },
    /// A pixel without a size.
    #[error(
        "expected a positive finite spacing along each axis [z, y, x], found {spacing:?}; use 1.0 to measure in pixels"
    )]
    Spacing {
        /// The spacing given.
        spacing: [f64; 3],
    },
}
