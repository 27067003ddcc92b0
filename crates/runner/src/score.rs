//! `selvedge score`: the metrics for two folders of label images, whoever made them.

use std::path::Path;

use data::{LabelMap, read_label_image};
use metrics::{CaseScore, ScoreOptions, Summary, score_case, summarise};
use rayon::prelude::*;
use serde::Serialize;

use crate::error::RunnerError;
use crate::evaluate::{labels, metric_error};

/// Pixels of this value in the truth take part in nothing.
const IGNORE: u8 = 255;

/// What the comparison came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreReport {
    /// Means over the images.
    #[serde(flatten)]
    pub summary: Summary,
    /// Image by image.
    pub cases: Vec<NamedScore>,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedScore {
    /// Name of its file without the extension.
    pub image: String,
    /// Its scores.
    #[serde(flatten)]
    pub score: CaseScore,
}

/// Compares every label image of `truth` with the one of the same name in `predictions`.
///
/// The number of classes is one more than the largest class number found; 255 in the truth is ignored.
///
/// # Errors
///
/// A folder or file cannot be read, has no partner, or another size than its partner.
pub fn score(
    predictions: &Path,
    truth: &Path,
    spacing: [f64; 2],
) -> Result<ScoreReport, RunnerError> {
    let pairs = data::paired_files(predictions, truth)?;
    let read: Result<Vec<(String, LabelMap, LabelMap)>, RunnerError> = pairs
        .into_par_iter()
        .map(|(name, predicted, truth)| {
            Ok((
                name,
                read_label_image(&predicted)?,
                read_label_image(&truth)?,
            ))
        })
        .collect();
    let read = read?;
    let largest = |map: &LabelMap| {
        map.classes
            .iter()
            .copied()
            .filter(|class| *class != IGNORE)
            .max()
    };
    let classes = read
        .iter()
        .flat_map(|(_, predicted, truth)| [largest(predicted), largest(truth)])
        .flatten()
        .max()
        .map_or(2, |class| (usize::from(class) + 1).max(2));
    let options = ScoreOptions {
        classes,
        ignore: Some(IGNORE),
        spacing: [1.0, spacing[0], spacing[1]],
    };
    let cases: Result<Vec<NamedScore>, RunnerError> = read
        .par_iter()
        .map(|(name, predicted, truth)| {
            let score =
                score_case(labels(truth), labels(predicted), &options).map_err(|error| {
                    let error = metric_error(error);
                    RunnerError::mend(format!("{name}: {}", error.message), error.help)
                })?;
            Ok(NamedScore {
                image: name.clone(),
                score,
            })
        })
        .collect();
    let cases = cases?;
    let names: Vec<String> = (0..classes)
        .map(|class| {
            if class == 0 {
                "background".into()
            } else {
                format!("class {class}")
            }
        })
        .collect();
    let scores: Vec<CaseScore> = cases.iter().map(|case| case.score.clone()).collect();
    Ok(ScoreReport {
        summary: summarise(&scores, &names),
        cases,
    })
}
