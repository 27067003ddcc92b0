//! The best epoch on images that it has not seen, at their own size.

use std::fs;
use std::path::Path;

use data::{Case, CaseImage, Dataset, LabelVolume, Split, write_label_png, write_label_volume};
use metrics::{
    CaseScore, Labels, MetricError, ScoreOptions, Summary, score_case, summarise, summarise_taught,
};
use models::Network;
use serde::Serialize;

use crate::dataset::label_check;
use crate::device::{self, DeviceRequest};
use crate::drawing::overlay::{overlay, plain, side_by_side, write_png};
use crate::error::RunnerError;
use crate::prediction::colour_classifier::ColourClassifier;
use crate::prediction::predictor::Predictor;
use crate::recipe::Recipe;
use crate::run_folder::checkpoint;
use crate::run_folder::environment;
use crate::run_folder::{BEST, RunFolder, RunWriter};
use crate::terminal::progress::Progress;

/// Pictures of a finished run; all predictions are kept as labels.
const OVERLAYS: usize = 24;

/// What an evaluation came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Which images.
    pub split: Split,
    /// Against the labels as they are in the data set.
    #[serde(flatten)]
    pub scores: Summary,
    /// Against the clean truth, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Summary>,
    /// What a classifier reaches that sees one pixel's colour and nothing else, against the clean truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour_classifier: Option<Summary>,
}

/// Refuses images whose predictions could not be written for their names, before a training rather than at its end.
///
/// # Errors
///
/// What the disk says to the longest name.
pub(crate) fn check_names<'a>(
    folder: &RunWriter,
    stems: impl Iterator<Item = &'a str>,
) -> Result<(), RunnerError> {
    let Some(longest) = stems.max_by_key(|stem| stem.len()) else {
        return Ok(());
    };
    folder.try_name(&overlay_name(longest)).map_err(|error| {
        RunnerError::mend(
            format!(
                "test image '{longest}': expected a name under which its prediction can be written, found: {error}"
            ),
            "shorten the names of that image and its labels",
        )
    })
}

/// Of the files of one prediction, the one of the longest name.
fn overlay_name(stem: &str) -> String {
    format!("{stem}.overlay.png")
}

/// Evaluates the best epoch of a finished training, writes predictions, overlays and `summary.json`.
pub(crate) fn finish(
    folder: &RunWriter,
    recipe: &Recipe,
    dataset: &Dataset,
    predictor: &Predictor,
    progress: Progress,
) -> Result<Evaluation, RunnerError> {
    let predictions = folder.path().join("predictions");
    let evaluation = evaluate_split(
        predictor,
        dataset,
        Split::Test,
        &environment::untaught(folder)?,
        Some(&predictions),
        progress,
    )?;
    let colour_classifier = if dataset.has_clean() && recipe.data.options.overfit == 0 {
        Some(colour_classifier(dataset)?)
    } else {
        None
    };
    let evaluation = Evaluation {
        colour_classifier,
        ..evaluation
    };
    folder.write_summary(&evaluation)?;
    Ok(evaluation)
}

/// Evaluates a run's best epoch on any split: what `selvedge evaluate` does.
///
/// # Errors
///
/// The run, the data or the device.
pub fn evaluate_run(
    run: &Path,
    data: Option<&Path>,
    split: Split,
    device: DeviceRequest,
    quiet: bool,
) -> Result<Evaluation, RunnerError> {
    let folder = RunFolder::open(run)?;
    let recipe = Recipe::of_run(run)?;
    let root = match data {
        Some(root) => root.to_path_buf(),
        None => environment::data_root(&folder)?,
    };
    let dataset = Dataset::open_split(&root, &recipe.data.options, split)?;
    for note in dataset.notes() {
        tracing::warn!("{note}");
    }
    let progress = Progress::new(quiet);
    label_check::check(&dataset, &recipe.data.options, &[split], progress)?;
    let predictor = predictor_of(&folder, &recipe, dataset.class_names.len(), device)?;
    let untaught = environment::untaught(&folder)?;
    evaluate_split(&predictor, &dataset, split, &untaught, None, progress)
}

/// A run's best network.
///
/// # Errors
///
/// The checkpoint is missing or of another network, or the device cannot be opened.
pub(crate) fn predictor_of(
    folder: &RunFolder,
    recipe: &Recipe,
    classes: usize,
    request: DeviceRequest,
) -> Result<Predictor, RunnerError> {
    let (device, description) = device::open(request)?;
    tracing::info!("device: {description}");
    best_predictor(folder, recipe, classes, device)
}

/// A run's best network on an open device.
///
/// # Errors
///
/// The checkpoint is missing or of another network.
pub(crate) fn best_predictor(
    folder: &RunFolder,
    recipe: &Recipe,
    classes: usize,
    device: burn::tensor::Device,
) -> Result<Predictor, RunnerError> {
    let network = Network::new(&recipe.model, classes, recipe.train.seed, &device)?;
    Ok(Predictor {
        network: checkpoint::load_network(folder, BEST, network)?,
        size: recipe.whole_size(),
        normalise: recipe.data.normalise,
        device,
    })
}

fn evaluate_split(
    predictor: &Predictor,
    dataset: &Dataset,
    split: Split,
    untaught: &[usize],
    predictions: Option<&Path>,
    progress: Progress,
) -> Result<Evaluation, RunnerError> {
    if let Some(folder) = predictions {
        fs::create_dir_all(folder).map_err(|error| RunnerError::unwritable(folder, &error))?;
    }
    let cases = dataset.cases(split);
    let bar = progress.counting("evaluating", cases.len());
    let mut scores = Vec::with_capacity(cases.len());
    let mut clean_scores = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let image = dataset.load_image(case)?;
        let truth = dataset.load_label_volume(case)?;
        let predicted = predictor.label_volume(&image)?;
        let spacing = image.spacing();
        scores.push(score(dataset, &truth, &predicted, spacing)?);
        let clean = dataset.load_clean_volume(case)?;
        if let Some(clean) = &clean {
            clean_scores.push(score(dataset, clean, &predicted, spacing)?);
        }
        if let Some(folder) = predictions {
            write_prediction(folder, &case.stem, &image, &predicted)?;
            if index < OVERLAYS {
                // Of a volume, the slice in its middle.
                let middle = image.shape()[0] / 2;
                let picture = image.slice(middle);
                let draw = |labels: &LabelVolume| {
                    let labels = labels.slice(middle);
                    overlay(&picture, &labels, &dataset.class_names, dataset.ignore)
                };
                let panels = [
                    plain(&picture),
                    draw(clean.as_ref().unwrap_or(&truth)),
                    draw(&predicted),
                ];
                let path = folder.join(overlay_name(&case.stem));
                write_png(&path, &side_by_side(&panels))?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let summary = |scores: &[CaseScore]| summarise_taught(scores, &dataset.class_names, untaught);
    Ok(Evaluation {
        split,
        scores: summary(&scores),
        clean: (!clean_scores.is_empty() && clean_scores.len() == cases.len())
            .then(|| summary(&clean_scores)),
        colour_classifier: None,
    })
}

/// The same test images by colour alone.
fn colour_classifier(dataset: &Dataset) -> Result<Summary, RunnerError> {
    let classifier = ColourClassifier::train(dataset)?;
    let clean_score = |case: &Case| -> Result<CaseScore, RunnerError> {
        let image = dataset.load_image(case)?;
        let predicted = classifier.label_volume(&image);
        let clean = dataset
            .load_clean_volume(case)?
            .map_or_else(|| dataset.load_label_volume(case), Ok)?;
        score(dataset, &clean, &predicted, image.spacing())
    };
    let scores: Result<Vec<_>, _> = dataset.cases(Split::Test).iter().map(clean_score).collect();
    Ok(summarise(&scores?, &dataset.class_names))
}

/// Writes predicted labels in the format of the image: a PNG of a photograph, NIfTI on a volume's own grid.
///
/// # Errors
///
/// The disk's.
fn write_prediction(
    folder: &Path,
    stem: &str,
    image: &CaseImage,
    predicted: &LabelVolume,
) -> Result<(), RunnerError> {
    let ending = label_ending(matches!(image, CaseImage::Volume(_)));
    write_labels(&folder.join(format!("{stem}{ending}")), image, predicted)
}

/// How the names of predicted labels end.
pub(crate) fn label_ending(of_volume: bool) -> &'static str {
    if of_volume { ".nii.gz" } else { ".png" }
}

/// Writes predicted labels into a file of that ending.
///
/// # Errors
///
/// The disk's.
pub(crate) fn write_labels(
    path: &Path,
    image: &CaseImage,
    predicted: &LabelVolume,
) -> Result<(), RunnerError> {
    match image {
        CaseImage::Picture(_) => write_label_png(path, &predicted.slice(0))?,
        CaseImage::Volume(volume) => write_label_volume(path, &volume.grid, predicted)?,
    }
    Ok(())
}

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
    score_case(labels(truth), labels(predicted), &options).map_err(metric_error)
}

pub(crate) fn labels(volume: &LabelVolume) -> Labels<'_> {
    Labels {
        shape: volume.shape,
        classes: &volume.classes,
    }
}

pub(crate) fn metric_error(error: MetricError) -> RunnerError {
    RunnerError::mend(
        error.to_string(),
        "compare label images of one size whose values are class numbers",
    )
}
