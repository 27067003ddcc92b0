//! Scores of predicted labels against true ones.

use data::{CaseImage, Dataset, LabelVolume};
use metrics::{
    CaseScore, Labels, ScoreOptions, TOLERANCE_IN_MILLIMETRES, TOLERANCE_IN_PIXELS, score_case,
};

use serde::Serialize;

use crate::error::RunnerError;

/// How distances of an image are measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DistanceScale {
    /// `pixel` or `millimetre`.
    pub unit: &'static str,
    /// Tolerance of the normalised surface Dice, in this unit.
    pub nsd_tolerance: f64,
}

impl DistanceScale {
    /// Photographs are measured in pixels, volumes in millimetres.
    pub(crate) fn of(image: &CaseImage) -> Self {
        match image {
            CaseImage::Photograph(_) => Self {
                unit: "pixel",
                nsd_tolerance: TOLERANCE_IN_PIXELS,
            },
            CaseImage::Volume(_) => Self {
                unit: "millimetre",
                nsd_tolerance: TOLERANCE_IN_MILLIMETRES,
            },
        }
    }
}

/// Scores predicted labels of an image, at its own size and with its own spacing.
pub(crate) fn score(
    dataset: &Dataset,
    truth: &LabelVolume,
    predicted: &LabelVolume,
    image: &CaseImage,
) -> Result<CaseScore, RunnerError> {
    let options = ScoreOptions {
        classes: dataset.class_names.len(),
        ignore: Some(dataset.ignore),
        spacing: image.spacing(),
        tolerance: DistanceScale::of(image).nsd_tolerance,
    };
    Ok(score_case(labels(truth), labels(predicted), &options)?)
}

pub(crate) fn labels(volume: &LabelVolume) -> Labels<'_> {
    Labels {
        shape: volume.shape,
        classes: &volume.classes,
    }
}
