//! `selvedge score`: the metrics for two folders of label images or volumes, whoever made them.

use std::path::{Path, PathBuf};

use data::{
    DataOptions, LabelFile, Meaning, Pairs, counted, read_class_volume, read_class_volume_on,
};
use metrics::{CaseScore, MetricError, ScoreOptions, Side, Summary, score_case, summarise};
use rayon::prelude::*;
use serde::Serialize;

use crate::error::RunnerError;
use crate::evaluate::{labels, metric_error};
use crate::report::warn_of;

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

/// What a pair of label images or volumes is called, and how far apart its voxels are.
struct Pair {
    name: String,
    spacing: [f64; 3],
    /// What is worth saying of which of its files.
    remarks: Vec<(PathBuf, String)>,
}

/// A pair with its prediction and its truth.
type Read = (Pair, LabelFile, LabelFile);

/// Compares every label image of `truth`, or every NIfTI volume, with the one of the same name in `predictions`; what has no
/// partner is left out, and said.
///
/// Masks of one structure may be written with 0 and 1 or with 0 and 255, on either side. Otherwise the number of classes is one
/// more than the largest class number found, and 255 in the truth is ignored. `options` may say what the values mean. Images are
/// measured with `spacing` (rows, columns; without it in pixels), volumes as their headers say, in millimetres.
///
/// # Errors
///
/// A folder or file cannot be read, nothing has a partner, or one lies elsewhere or has another size than its partner; values
/// without one meaning; a spacing for volumes.
pub fn score(
    predictions: &Path,
    truth: &Path,
    spacing: Option<[f64; 2]>,
    options: &DataOptions,
) -> Result<ScoreReport, RunnerError> {
    let mut found = data::paired_volumes(predictions, truth)?;
    let of_volumes = !found.pairs.is_empty();
    if !of_volumes {
        found = data::paired_files(predictions, truth)?;
    }
    say_left_out(&found, predictions, truth);
    if of_volumes {
        warn_of(passed_over(predictions, truth));
    }
    let read = read(std::mem::take(&mut found.pairs), of_volumes, spacing)?;
    warn_of(read.iter().flat_map(|(pair, ..)| pair.remarks.clone()));
    let mut pairs = Vec::new();
    let (mut predicted, mut true_files) = (Vec::new(), Vec::new());
    for (pair, prediction, truth) in read {
        pairs.push(pair);
        predicted.push(prediction);
        true_files.push(truth);
    }
    let meaning = Meaning::of_folders(&predicted, &true_files, options)?;
    for remark in meaning.remarks() {
        tracing::warn!("{remark}");
    }
    let files = predicted.par_iter().zip(&true_files);
    let cases: Result<Vec<NamedScore>, RunnerError> = pairs
        .par_iter()
        .zip(files)
        .map(|(pair, files)| score_pair(pair, files, &meaning))
        .collect();
    let cases = cases?;
    let scores: Vec<CaseScore> = cases.iter().map(|case| case.score.clone()).collect();
    Ok(ScoreReport {
        summary: summarise(&scores, meaning.class_names()),
        cases,
        without_prediction: found.only_second,
        without_truth: found.only_first,
    })
}

fn score_pair(
    pair: &Pair,
    (predicted, truth): (&LabelFile, &LabelFile),
    meaning: &Meaning,
) -> Result<NamedScore, RunnerError> {
    let options = ScoreOptions {
        classes: meaning.class_names().len(),
        ignore: Some(meaning.ignore()),
        spacing: pair.spacing,
    };
    let [truth_labels, predicted_labels] =
        [meaning.of_truth(truth)?, meaning.of_prediction(predicted)?];
    let score = score_case(labels(&truth_labels), labels(&predicted_labels), &options);
    let score = score.map_err(|error| {
        let file = match error {
            MetricError::ClassOutOfRange {
                side: Side::Truth, ..
            } => &truth.path,
            _ => &predicted.path,
        };
        let error = metric_error(error);
        RunnerError::mend(format!("{}: {}", file.display(), error.message), error.help)
    })?;
    Ok(NamedScore {
        image: pair.name.clone(),
        score,
    })
}

/// Reads pairs of label images or of volumes, each with its name.
fn read(
    pairs: Vec<(String, PathBuf, PathBuf)>,
    of_volumes: bool,
    spacing: Option<[f64; 2]>,
) -> Result<Vec<Read>, RunnerError> {
    if of_volumes {
        if spacing.is_some() {
            return Err(RunnerError::mend(
                "--spacing: expected it with label images, found volumes, whose headers say it",
                "leave it out",
            ));
        }
        return pairs.into_par_iter().map(volume_pair).collect();
    }
    let [down, across] = spacing.unwrap_or([1.0; 2]);
    pairs
        .into_par_iter()
        .map(|(name, predicted, truth)| {
            let pair = Pair {
                name,
                spacing: [1.0, down, across],
                remarks: Vec::new(),
            };
            let [predicted, truth] = [predicted, truth].map(|file| LabelFile::read_image(&file));
            Ok((pair, predicted?, truth?))
        })
        .collect()
}

/// A folder may hold more than was predicted: a run predicts its test images, and their labels lie among all others.
fn say_left_out(found: &Pairs, predictions: &Path, truth: &Path) {
    for (files, folder, missing) in [
        (&found.only_second, truth, "prediction"),
        (&found.only_first, predictions, "truth"),
    ] {
        if let Some(first) = files.first() {
            tracing::warn!(
                "left out of {}, since no {missing} has their name: {} of {}, the first {}",
                folder.display(),
                files.len(),
                counted(files.len() + found.pairs.len(), "file"),
                first.display()
            );
        }
    }
}

/// The pictures that lie among volumes and are not compared.
fn passed_over(predictions: &Path, truth: &Path) -> impl Iterator<Item = (PathBuf, String)> {
    let text = "a picture among volumes, which is not compared; move pictures into folders of their own to have them compared";
    let pictures = data::label_pictures(&[predictions, truth]).into_iter();
    pictures.map(|picture| (picture, text.to_string()))
}

/// Reads two volumes of labels, the predicted one in the voxels of the true one.
fn volume_pair((name, predicted, truth): (String, PathBuf, PathBuf)) -> Result<Read, RunnerError> {
    let (grid, truth_labels) = read_class_volume(&truth)?;
    let (predicted_labels, said) = read_class_volume_on(&predicted, (&truth, &grid))?;
    let of_prediction = said.into_iter().map(|text| (predicted.clone(), text));
    let of_truth = grid
        .remarks
        .iter()
        .map(|text| (truth.clone(), text.clone()));
    let pair = Pair {
        name,
        spacing: grid.spacing,
        remarks: of_prediction.chain(of_truth).collect(),
    };
    let predicted = LabelFile::of_volume(&predicted, predicted_labels);
    Ok((pair, predicted, LabelFile::of_volume(&truth, truth_labels)))
}
