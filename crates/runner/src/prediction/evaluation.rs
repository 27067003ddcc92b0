//! Evaluation of the best epoch on images that it has not seen, at their own size.

use std::fs;
use std::path::Path;

use data::{Case, Dataset, LabelVolume, Split};
use metrics::{CaseScore, Summary, summarise, summarise_taught};
use serde::Serialize;

use crate::drawing::overlay::{overlay, plain, side_by_side, write_png};
use crate::drawing::window::visible_slice;
use crate::error::RunnerError;
use crate::prediction::colour_classifier::ColourClassifier;
use crate::prediction::label_files::write_prediction;
use crate::prediction::predictor::Predictor;
use crate::prediction::scoring::{DistanceScale, score};
use crate::recipe::Recipe;
use crate::run_folder::cases::{self, CaseLine, CaseName, Truth, case_lines};
use crate::run_folder::environment;
use crate::run_folder::folder::RunFolder;
use crate::run_folder::legs::Course;
use crate::run_folder::writer::RunWriter;
use crate::statistics::metric_statistics::{MetricStatistics, describe_cases};
use crate::terminal::progress::Progress;

/// Overlays of a finished run; the labels of all predictions are written.
const OVERLAYS: usize = 24;

/// The result of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Which images.
    pub split: Split,
    /// Scores against the labels in the data set.
    #[serde(flatten)]
    pub scores: Summary,
    /// Scores against the clean ground truth, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean: Option<Summary>,
    /// Scores of a classifier that sees only one pixel's colour, against the clean ground truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour_classifier: Option<Summary>,
    /// How distances are measured; none without images.
    pub distances: Option<DistanceScale>,
    /// Spread and interval of every metric.
    pub statistics: Vec<MetricStatistics>,
}

/// An evaluation, and the scores of every case.
pub(crate) struct Evaluated {
    pub(crate) evaluation: Evaluation,
    /// For `cases.csv`.
    pub(crate) lines: Vec<CaseLine>,
}

/// Refuses images whose names are too long for the files of their predictions, before a training rather than at its end.
///
/// # Errors
///
/// The file system refuses the longest name.
pub(crate) fn check_names<'a>(
    folder: &RunWriter,
    stems: impl Iterator<Item = &'a str>,
) -> Result<(), RunnerError> {
    let Some(longest) = stems.max_by_key(|stem| stem.len()) else {
        return Ok(());
    };
    folder.try_name(&overlay_name(longest)).map_err(|error| {
        RunnerError::fixable(
            format!("expected a name under which its prediction can be written, found: {error}"),
            "shorten the names of that image and its labels",
        )
        .at(format!("test image '{longest}'"))
        .caused_by(error)
    })
}

/// The longest file name of a prediction's files.
fn overlay_name(stem: &str) -> String {
    format!("{stem}.overlay.png")
}

/// Evaluates the best epoch of a finished training, and writes predictions, overlays and `cases.csv`. The run is finished when its
/// caller has written the summary as well.
pub(crate) fn finish(
    folder: &RunWriter,
    recipe: &Recipe,
    dataset: &Dataset,
    predictor: &Predictor,
    progress: Progress,
) -> Result<Evaluation, RunnerError> {
    let predictions = folder.path().join("predictions");
    let evaluated = evaluate_test(
        folder,
        recipe,
        dataset,
        predictor,
        Some(&predictions),
        progress,
    )?;
    write_cases(folder, &evaluated)?;
    Ok(evaluated.evaluation)
}

/// `summary.json` of a training.
#[derive(Debug, Serialize)]
pub(crate) struct RunSummary<'a> {
    #[serde(flatten)]
    pub(crate) evaluation: &'a Evaluation,
    /// How the training went; an earlier version did not note it.
    #[serde(flatten)]
    pub(crate) course: Option<Course>,
}

/// Writes `cases.csv` into the folder of a finished run, and `summary.json` again, which keeps what it says about the training.
pub(crate) fn write_records(folder: &RunWriter, evaluated: &Evaluated) -> Result<(), RunnerError> {
    write_cases(folder, evaluated)?;
    folder.write_summary(&RunSummary {
        evaluation: &evaluated.evaluation,
        course: Course::of_run(folder),
    })
}

fn write_cases(folder: &RunWriter, evaluated: &Evaluated) -> Result<(), RunnerError> {
    folder.write_record(cases::FILE, &cases::table(&evaluated.lines)?)
}

/// Evaluates the test images, and the colour classifier where clean labels are known.
pub(crate) fn evaluate_test(
    folder: &RunFolder,
    recipe: &Recipe,
    dataset: &Dataset,
    predictor: &Predictor,
    predictions: Option<&Path>,
    progress: Progress,
) -> Result<Evaluated, RunnerError> {
    let mut evaluated = evaluate_split(
        predictor,
        dataset,
        Split::Test,
        &environment::untaught(folder)?,
        predictions,
        progress,
    )?;
    if dataset.has_clean_labels() && recipe.data.options.overfit == 0 {
        evaluated.evaluation.colour_classifier = Some(colour_classifier(dataset)?);
    }
    Ok(evaluated)
}

pub(crate) fn evaluate_split(
    predictor: &Predictor,
    dataset: &Dataset,
    split: Split,
    untaught: &[usize],
    predictions: Option<&Path>,
    progress: Progress,
) -> Result<Evaluated, RunnerError> {
    if let Some(folder) = predictions {
        fs::create_dir_all(folder).map_err(|error| RunnerError::unwritable(folder, error))?;
    }
    let cases = dataset.cases(split);
    let bar = progress.counting("evaluating", cases.len());
    let mut scores = Vec::with_capacity(cases.len());
    let mut clean_scores = Vec::new();
    let mut distances = None;
    for (index, case) in cases.iter().enumerate() {
        let image = dataset.load_image(case)?;
        let truth = dataset.load_label_volume(case)?;
        let predicted = predictor.label_volume(&image)?;
        distances.get_or_insert_with(|| DistanceScale::of(&image));
        scores.push(score(dataset, &truth, &predicted, &image)?);
        let clean = dataset.load_clean_volume(case)?;
        if let Some(clean) = &clean {
            clean_scores.push(score(dataset, clean, &predicted, &image)?);
        }
        if let Some(folder) = predictions {
            write_prediction(folder, &case.stem, &image, &predicted)?;
            if index < OVERLAYS {
                // For a volume, the middle slice.
                let middle = image.shape()[0] / 2;
                let slice = visible_slice(&image, middle);
                let draw = |labels: &LabelVolume| {
                    let labels = labels.slice(middle);
                    overlay(&slice, &labels, &dataset.class_names, dataset.ignore)
                };
                let panels = [
                    plain(&slice),
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
    let all_clean = !clean_scores.is_empty() && clean_scores.len() == cases.len();
    let mut lines = lines_of(dataset, split, Truth::Noisy, &scores, untaught);
    if all_clean {
        lines.extend(lines_of(
            dataset,
            split,
            Truth::Clean,
            &clean_scores,
            untaught,
        ));
    }
    let evaluation = Evaluation {
        split,
        scores: summary(&scores),
        clean: all_clean.then(|| summary(&clean_scores)),
        colour_classifier: None,
        distances,
        statistics: describe_cases(&lines),
    };
    Ok(Evaluated { evaluation, lines })
}

/// The lines of all cases of a split. The classes `untaught` that no truth contains have none, as they are in no mean.
fn lines_of(
    dataset: &Dataset,
    split: Split,
    truth: Truth,
    scores: &[CaseScore],
    untaught: &[usize],
) -> Vec<CaseLine> {
    let contains = |class: usize| scores.iter().any(|score| score.per_class[class].truth > 0);
    let uncounted: Vec<usize> = untaught
        .iter()
        .copied()
        .filter(|class| !contains(*class))
        .collect();
    let cases = dataset.cases(split).iter().zip(scores);
    cases
        .flat_map(|(case, score)| {
            let of = CaseName {
                split,
                truth,
                patient: &case.patient,
                image: &case.stem,
            };
            case_lines(of, score, &dataset.class_names, &uncounted)
        })
        .collect()
}

/// Scores of the same test images, classified by colour alone.
fn colour_classifier(dataset: &Dataset) -> Result<Summary, RunnerError> {
    let classifier = ColourClassifier::train(dataset)?;
    let clean_score = |case: &Case| -> Result<CaseScore, RunnerError> {
        let image = dataset.load_image(case)?;
        let predicted = classifier.label_volume(&image);
        let clean = dataset
            .load_clean_volume(case)?
            .map_or_else(|| dataset.load_label_volume(case), Ok)?;
        score(dataset, &clean, &predicted, &image)
    };
    let scores: Result<Vec<_>, _> = dataset.cases(Split::Test).iter().map(clean_score).collect();
    Ok(summarise(&scores?, &dataset.class_names))
}
