//! Scores of predicted labels against true ones.

use data::{Dataset, LabelVolume};
use metrics::{CaseScore, Labels, ScoreOptions, score_case};

use crate::error::RunnerError;

pub(crate) fn score(
    dataset: &Dataset,
    truth: &LabelVolume,
    predicted: &LabelVolume,
    spacing: [f64; 3],
) -> Result<CaseScore, RunnerError> {
    let options = ScoreOptions {
        classes: dataset.class_names.len(),
        ignore: Some(dataset.ignore),
        spacing,
    };
    Ok(score_case(labels(truth), labels(predicted), &options)?)
}

pub(crate) fn labels(volume: &LabelVolume) -> Labels<'_> {
    Labels {
        shape: volume.shape,
        classes: &volume.classes,
    }
}
