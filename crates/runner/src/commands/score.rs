//! `selvedge score`: metrics for two folders of label images or volumes, made by any program.

use std::path::{Path, PathBuf};

use clap::Args;
use data::{
    DataOptions, LabelFile, LayoutName, Meaning, Pairs, counted, read_class_volume,
    read_class_volume_on,
};
use metrics::{
    CaseScore, MetricError, ScoreOptions, Side, Summary, TOLERANCE_IN_MILLIMETRES,
    TOLERANCE_IN_PIXELS, score_case, summarise,
};
use rayon::prelude::*;
use serde::Serialize;

use crate::arguments::data_options::data_options;
use crate::error::RunnerError;
use crate::prediction::scoring::labels;
use crate::terminal::printing::print_result;
use crate::terminal::remarks::warn_of;
use crate::terminal::score_table::score_table;

/// `selvedge score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// Folder of predicted label images.
    pub predictions: PathBuf,
    /// Folder of true label images with the same names. Files without a partner are omitted, with a warning. Masks of 0 and 255
    /// are masks of 0 and 1; among class numbers, 255 is ignored.
    pub truth: PathBuf,
    /// Defines what the values mean, as the [data] section of a recipe does: `data.label_values={ "0-127" = 0, "128-255" = 1 }`;
    /// may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Label images: distance of the pixels' centres, down and across, in the unit of the reported distances; default 1,1. NIfTI
    /// volumes have it in their headers, in millimetres. The surface Dice tolerates 1 of this unit, or 2 pixels without one.
    #[arg(long, value_name = "Y,X", value_parser = parse_spacing)]
    pub spacing: Option<[f64; 2]>,
    /// Prints everything as JSON, image by image.
    #[arg(long)]
    pub json: bool,
}

/// Two lengths above 0, separated by a comma.
fn parse_spacing(text: &str) -> Result<[f64; 2], String> {
    text.split_once(',')
        .and_then(|(down, across)| Some([down.trim().parse().ok()?, across.trim().parse().ok()?]))
        .filter(|spacing: &[f64; 2]| spacing.iter().all(|side| side.is_finite() && *side > 0.0))
        .ok_or_else(|| "expected two lengths above 0, such as 0.5,0.5".to_string())
}

pub(crate) fn run(arguments: &ScoreArguments) -> Result<(), RunnerError> {
    let options = score_options(&arguments.overrides)?;
    let ScoreArguments {
        predictions,
        truth,
        spacing,
        ..
    } = arguments;
    let result = score(predictions, truth, *spacing, &options)?;
    print_result(arguments.json, &result, || score_table(&result.summary))
}

/// The `[data]` section for two folders of labels; without named classes, those that are found.
fn score_options(overrides: &[String]) -> Result<DataOptions, RunnerError> {
    let mut options = data_options(LayoutName::Folder, overrides)?;
    let named = |text: &String| text.trim_start().starts_with("data.classes");
    if !overrides.iter().any(named) {
        options.classes.clear();
    }
    Ok(options)
}

/// The result of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ScoreReport {
    /// Means over the images.
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// Image by image.
    pub(crate) cases: Vec<NamedScore>,
    /// Files of the ground truth without a prediction, which are not scored.
    pub(crate) without_prediction: Vec<PathBuf>,
    /// Predictions without ground truth, which are not scored.
    pub(crate) without_truth: Vec<PathBuf>,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct NamedScore {
    /// Name of its file without the extension.
    pub(crate) image: String,
    /// Its scores.
    #[serde(flatten)]
    pub(crate) score: CaseScore,
}

/// The name of a pair of label images or volumes, and the distances of its voxels.
struct Pair {
    name: String,
    spacing: [f64; 3],
    /// Of the surface Dice.
    tolerance: f64,
    /// Remarks on its files.
    remarks: Vec<(PathBuf, String)>,
}

/// A pair with its prediction and its ground truth.
type Read = (Pair, LabelFile, LabelFile);

/// Compares every label image of `truth`, or every NIfTI volume, with the one of the same name in `predictions`; files without a
/// partner are omitted, with a warning.
///
/// Masks of one structure may be written with 0 and 1 or with 0 and 255, on either side. Otherwise the number of classes is one
/// more than the largest class number found, and 255 in the ground truth is ignored. `options` may define what the values mean.
/// Images are measured with `spacing` (rows, columns; without it in pixels), volumes with the spacing of their headers, in
/// millimetres.
///
/// # Errors
///
/// A folder or file cannot be read, no file has a partner, or a file differs from its partner in size or position; values without
/// a unique meaning; a spacing for volumes.
pub(crate) fn score(
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
    warn_omitted(&found, predictions, truth);
    if of_volumes {
        warn_of(images_among_volumes(predictions, truth));
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
        tolerance: pair.tolerance,
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
        RunnerError::from(error).at(file.display())
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
            return Err(RunnerError::mismatch(
                "it with label images",
                "volumes, whose headers have it",
                "omit it",
            )
            .at("--spacing"));
        }
        return pairs.into_par_iter().map(volume_pair).collect();
    }
    let [down, across] = spacing.unwrap_or([1.0; 2]);
    // A spacing is one in millimetres.
    let tolerance = match spacing {
        Some(_) => TOLERANCE_IN_MILLIMETRES,
        None => TOLERANCE_IN_PIXELS,
    };
    pairs
        .into_par_iter()
        .map(|(name, predicted, truth)| {
            let pair = Pair {
                name,
                spacing: [1.0, down, across],
                tolerance,
                remarks: Vec::new(),
            };
            let [predicted, truth] = [predicted, truth].map(|file| LabelFile::read_image(&file));
            Ok((pair, predicted?, truth?))
        })
        .collect()
}

/// A folder may contain more than was predicted: a run predicts its test images, and their labels are among all others.
fn warn_omitted(found: &Pairs, predictions: &Path, truth: &Path) {
    for (files, folder, missing) in [
        (&found.only_second, truth, "prediction"),
        (&found.only_first, predictions, "ground truth"),
    ] {
        if let Some(first) = files.first() {
            tracing::warn!(
                "omitted from {}, since no {missing} has their name: {} of {}, the first {}",
                folder.display(),
                files.len(),
                counted(files.len() + found.pairs.len(), "file"),
                first.display()
            );
        }
    }
}

/// The images among volumes, which are not compared.
fn images_among_volumes(
    predictions: &Path,
    truth: &Path,
) -> impl Iterator<Item = (PathBuf, String)> {
    let text = "an image among volumes, which is not compared; move images into separate folders to compare them";
    let images = data::label_images(&[predictions, truth]).into_iter();
    images.map(|image| (image, text.to_string()))
}

/// Reads two volumes of labels, the predicted one in the voxel order of the true one.
fn volume_pair((name, predicted, truth): (String, PathBuf, PathBuf)) -> Result<Read, RunnerError> {
    let (grid, truth_labels) = read_class_volume(&truth)?;
    let (predicted_labels, remarks) = read_class_volume_on(&predicted, (&truth, &grid))?;
    let of_prediction = remarks.into_iter().map(|text| (predicted.clone(), text));
    let of_truth = grid
        .remarks
        .iter()
        .map(|text| (truth.clone(), text.clone()));
    let pair = Pair {
        name,
        spacing: grid.spacing,
        tolerance: TOLERANCE_IN_MILLIMETRES,
        remarks: of_prediction.chain(of_truth).collect(),
    };
    let predicted = LabelFile::of_volume(&predicted, predicted_labels);
    Ok((pair, predicted, LabelFile::of_volume(&truth, truth_labels)))
}
