//! Errors of pairs of label maps.

use std::fmt::{self, Display, Formatter};

/// Which of the two label maps an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The reference.
    Truth,
    /// What is being scored.
    Prediction,
}

impl Display for Side {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Truth => "truth",
            Self::Prediction => "prediction",
        })
    }
}

/// Why a pair of label maps cannot be scored.
///
/// [`Display`] shows [`expected`](Self::expected) and [`found`](Self::found), which name the place, without
/// [`advice`](Self::advice).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("expected {}, found {}", self.expected(), self.found())]
pub enum MetricError {
    /// The two maps are not of the same size.
    ShapesDiffer {
        /// Shape of the truth.
        truth: [usize; 3],
        /// Shape of the prediction.
        prediction: [usize; 3],
    },
    /// A map without pixels.
    Empty {
        /// Shape of both maps.
        shape: [usize; 3],
    },
    /// A map whose data do not fill its shape.
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
    /// A label that is neither a class nor the ignore value.
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
    /// No classes, or more than labels can distinguish.
    ClassCount {
        /// The requested number of classes.
        found: usize,
    },
    /// A spacing that is not positive and finite.
    Spacing {
        /// The spacing given.
        spacing: [f64; 3],
    },
    /// A tolerance that is negative or not finite.
    Tolerance {
        /// The tolerance given.
        tolerance: f64,
    },
}

impl MetricError {
    /// What was expected.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::ShapesDiffer { .. } => {
                "truth and prediction of one shape [depth, height, width]".into()
            }
            Self::Empty { .. } => "at least one pixel along each axis".into(),
            Self::WrongLength {
                side,
                shape,
                expected,
                ..
            } => format!("{expected} labels for a {side} of shape {shape:?}"),
            Self::ClassOutOfRange { side, classes, .. } => format!("{side} labels below {classes}"),
            Self::ClassCount { .. } => "1 to 256 classes".into(),
            Self::Spacing { .. } => "a positive finite spacing along each axis [z, y, x]".into(),
            Self::Tolerance { .. } => "a finite tolerance of at least 0".into(),
        }
    }

    /// What was found instead, and where.
    #[must_use]
    pub fn found(&self) -> String {
        match self {
            Self::ShapesDiffer { truth, prediction } => {
                format!("truth {truth:?} and prediction {prediction:?}")
            }
            Self::Empty { shape } => format!("the shape {shape:?}"),
            Self::WrongLength { found, .. } | Self::ClassCount { found } => found.to_string(),
            Self::ClassOutOfRange { label, z, y, x, .. } => {
                format!("{label} at z {z}, y {y}, x {x}")
            }
            Self::Spacing { spacing } => format!("{spacing:?}"),
            Self::Tolerance { tolerance } => tolerance.to_string(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::ShapesDiffer { .. } => {
                "resize the prediction to the truth's own size (nearest neighbour)"
            }
            Self::Empty { .. } => "omit empty images",
            Self::WrongLength { .. } => "pass one label per pixel",
            Self::ClassOutOfRange { .. } => {
                "check the number of classes, and that pixels to be ignored have the ignore value in the truth"
            }
            Self::ClassCount { .. } => "count the background among the classes",
            Self::Spacing { .. } => "use 1.0 to measure in pixels",
            Self::Tolerance { .. } => {
                "use 2 where distances are in pixels, 1 where they are in millimetres"
            }
        }
    }
}
