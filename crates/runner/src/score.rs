//! `selvedge score`: the metrics for two folders of label images or volumes, whoever made them.

use std::path::{Path, PathBuf};

use data::{LabelVolume, Remark, read_class_volume, read_class_volume_on, read_label_image};
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

/// A pair of label images or volumes.
struct Pair {
    name: String,
    predicted: LabelVolume,
    truth: LabelVolume,
    spacing: [f64; 3],
    /// What is worth saying of which of its files.
    remarks: Vec<(PathBuf, String)>,
}

/// Compares every label image of `truth`, or every NIfTI volume, with the one of the same name in `predictions`.
///
/// The number of classes is one more than the largest class number found; 255 in the truth is ignored. Images are measured with
/// `spacing` (rows, columns; without it in pixels), volumes as their headers say, in millimetres.
///
/// # Errors
///
/// A folder or file cannot be read, has no partner, or lies elsewhere or has another size than its partner; a spacing for
/// volumes.
pub fn score(
    predictions: &Path,
    truth: &Path,
    spacing: Option<[f64; 2]>,
) -> Result<ScoreReport, RunnerError> {
    let volumes = data::paired_volumes(predictions, truth)?;
    let read: Result<Vec<Pair>, RunnerError> = if volumes.is_empty() {
        let [down, across] = spacing.unwrap_or([1.0; 2]);
        data::paired_files(predictions, truth)?
            .into_par_iter()
            .map(|(name, predicted, truth)| {
                Ok(Pair {
                    name,
                    predicted: read_label_image(&predicted)?.into(),
                    truth: read_label_image(&truth)?.into(),
                    spacing: [1.0, down, across],
                    remarks: Vec::new(),
                })
            })
            .collect()
    } else if spacing.is_some() {
        return Err(RunnerError::mend(
            "--spacing: expected it with label images, found volumes, whose headers say it",
            "leave it out",
        ));
    } else {
        tell_of_pictures(predictions, truth);
        volumes.into_par_iter().map(volume_pair).collect()
    };
    let read = read?;
    for remark in Remark::gather(read.iter().flat_map(|pair| pair.remarks.clone())) {
        tracing::warn!("{remark}");
    }
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
    })
}

/// Says which pictures lie among volumes and are not compared.
fn tell_of_pictures(predictions: &Path, truth: &Path) {
    let text = "a picture among volumes, which is not compared; move pictures into folders of their own to have them compared";
    let pictures = data::label_pictures(&[predictions, truth]).into_iter();
    for remark in Remark::gather(pictures.map(|picture| (picture, text.to_string()))) {
        tracing::warn!("{remark}");
    }
}

/// Reads two volumes of labels, the predicted one in the voxels of the true one.
fn volume_pair((name, predicted, truth): (String, PathBuf, PathBuf)) -> Result<Pair, RunnerError> {
    let (grid, truth_labels) = read_class_volume(&truth)?;
    let (predicted_labels, said) = read_class_volume_on(&predicted, (&truth, &grid))?;
    let of_prediction = said.into_iter().map(|text| (predicted.clone(), text));
    let of_truth = grid
        .remarks
        .iter()
        .map(|text| (truth.clone(), text.clone()));
    Ok(Pair {
        name,
        predicted: predicted_labels,
        truth: truth_labels,
        spacing: grid.spacing,
        remarks: of_prediction.chain(of_truth).collect(),
    })
}
