//! `selvedge score`: the metrics for two folders of label images or volumes, whoever made them.

use std::path::{Path, PathBuf};

use data::{LabelVolume, Pairs, VolumeGrid, read_class_volume, read_label_image};
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
    /// Files of the truth that have no prediction, and are in no figure.
    pub without_prediction: Vec<PathBuf>,
    /// Predictions of which there is no truth, and are in no figure.
    pub without_truth: Vec<PathBuf>,
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

/// A pair of label images or volumes.
struct Pair {
    name: String,
    predicted: LabelVolume,
    truth: LabelVolume,
    spacing: [f64; 3],
}

/// Compares every label image of `truth`, or every NIfTI volume, with the one of the same name in `predictions`; what has no
/// partner is left out, and said.
///
/// The number of classes is one more than the largest class number found; 255 in the truth is ignored. Images are measured with
/// `spacing` (rows, columns; without it in pixels), volumes as their headers say, in millimetres.
///
/// # Errors
///
/// A folder or file cannot be read, nothing has a partner, or one has another size, spacing or orientation than its partner; a
/// spacing for volumes.
pub fn score(
    predictions: &Path,
    truth: &Path,
    spacing: Option<[f64; 2]>,
) -> Result<ScoreReport, RunnerError> {
    let mut found = data::paired_volumes(predictions, truth)?;
    let of_volumes = !found.pairs.is_empty();
    if !of_volumes {
        found = data::paired_files(predictions, truth)?;
    }
    say_left_out(&found, predictions, truth);
    let pairs = std::mem::take(&mut found.pairs);
    let read: Result<Vec<Pair>, RunnerError> = if !of_volumes {
        let [down, across] = spacing.unwrap_or([1.0; 2]);
        pairs
            .into_par_iter()
            .map(|(name, predicted, truth)| {
                Ok(Pair {
                    name,
                    predicted: read_label_image(&predicted)?.into(),
                    truth: read_label_image(&truth)?.into(),
                    spacing: [1.0, down, across],
                })
            })
            .collect()
    } else if spacing.is_some() {
        return Err(RunnerError::mend(
            "--spacing: expected it with label images, found volumes, whose headers say it",
            "leave it out",
        ));
    } else {
        pairs.into_par_iter().map(volume_pair).collect()
    };
    let read = read?;
    let largest = |map: &LabelVolume| {
        map.classes
            .iter()
            .copied()
            .filter(|class| *class != IGNORE)
            .max()
    };
    let classes = read
        .iter()
        .flat_map(|pair| [largest(&pair.predicted), largest(&pair.truth)])
        .flatten()
        .max()
        .map_or(2, |class| (usize::from(class) + 1).max(2));
    let cases: Result<Vec<NamedScore>, RunnerError> = read
        .par_iter()
        .map(|pair| {
            let options = ScoreOptions {
                classes,
                ignore: Some(IGNORE),
                spacing: pair.spacing,
            };
            let score = score_case(labels(&pair.truth), labels(&pair.predicted), &options);
            let score = score.map_err(|error| {
                let error = metric_error(error);
                RunnerError::mend(format!("{}: {}", pair.name, error.message), error.help)
            })?;
            Ok(NamedScore {
                image: pair.name.clone(),
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
        without_prediction: found.only_second,
        without_truth: found.only_first,
    })
}

/// A folder may hold more than was predicted: a run predicts its test images, and their labels lie among all others.
fn say_left_out(found: &Pairs, predictions: &Path, truth: &Path) {
    for (files, folder, missing) in [
        (&found.only_second, truth, "prediction"),
        (&found.only_first, predictions, "truth"),
    ] {
        if let Some(first) = files.first() {
            tracing::warn!(
                "{} of {} files in {} have no {missing} of their name and are left out, the first {}",
                files.len(),
                files.len() + found.pairs.len(),
                folder.display(),
                first.display()
            );
        }
    }
}

/// Reads two volumes of labels that have to lie on one grid.
fn volume_pair((name, predicted, truth): (String, PathBuf, PathBuf)) -> Result<Pair, RunnerError> {
    let (predicted_grid, predicted_labels) = read_class_volume(&predicted)?;
    let (grid, truth_labels) = read_class_volume(&truth)?;
    let near = |one: f64, other: f64| (one - other).abs() <= 1e-3 * other;
    let same_spacing = grid
        .spacing
        .iter()
        .zip(predicted_grid.spacing)
        .all(|(one, other)| near(*one, other));
    if !same_spacing || grid.orientation() != predicted_grid.orientation() {
        let words = |grid: &VolumeGrid| {
            let [z, y, x] = grid.spacing;
            format!("voxels of {z}×{y}×{x} mm towards {}", grid.orientation())
        };
        return Err(RunnerError::mend(
            format!(
                "{}: expected {} like {}, found {}",
                predicted.display(),
                words(&grid),
                truth.display(),
                words(&predicted_grid)
            ),
            "bring both onto one grid first: voxels are compared one by one",
        ));
    }
    Ok(Pair {
        name,
        predicted: predicted_labels,
        truth: truth_labels,
        spacing: grid.spacing,
    })
}
