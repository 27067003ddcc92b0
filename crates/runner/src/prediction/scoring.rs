//! Scores of predicted labels against true ones.

use data::{CaseImage, Dataset, LabelVolume};
use metrics::{
    CaseScore, Labels, ScoreOptions, TOLERANCE_IN_MILLIMETRES, TOLERANCE_IN_PIXELS, score_case,
};

use crate::error::RunnerError;

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
        tolerance: match image {
            CaseImage::Photograph(_) => TOLERANCE_IN_PIXELS,
            CaseImage::Volume(_) => TOLERANCE_IN_MILLIMETRES,
        },
    };
    Ok(score_case(labels(truth), labels(predicted), &options)?)
}

pub(crate) fn labels(volume: &LabelVolume) -> Labels<'_> {
    Labels {
        shape: volume.shape,
        classes: &volume.classes,
    }
}
