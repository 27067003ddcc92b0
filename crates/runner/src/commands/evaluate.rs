//! `selvedge evaluate`: a run's best epoch on images of a split, at their own size.

use std::path::{Path, PathBuf};

use clap::Args;
use data::{Dataset, Split, counted};
use metrics::Metric;

use crate::arguments::device::DeviceArgument;
use crate::dataset::label_check;
use crate::error::RunnerError;
use crate::files::output::{refuse_taken, write_new};
use crate::prediction::evaluation::{
    Evaluated, Evaluation, evaluate_split, evaluate_test, write_records,
};
use crate::prediction::predictor::predictor_of;
use crate::run_folder::cases::{self, Truth};
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
use crate::run_folder::writer::RunWriter;
use crate::statistics::metric_statistics::MetricStatistics;
use crate::terminal::printing::print_result;
use crate::terminal::progress::Progress;
use crate::terminal::score_table::{number, score_table};

/// `selvedge evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The run's folder.
    pub run: PathBuf,
    /// The data set's folder; default: the one of the training.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// train, validation or test.
    #[arg(long, default_value = "test")]
    pub split: Split,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Writes the scores of every case to this new file, as in a run's cases.csv.
    #[arg(long, value_name = "FILE")]
    pub cases: Option<PathBuf>,
    /// Prints the evaluation as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &EvaluateArguments, quiet: bool) -> Result<(), RunnerError> {
    if let Some(file) = &arguments.cases {
        refuse_taken(file)?;
    }
    let evaluated = evaluate(arguments, quiet)?;
    if let Some(file) = &arguments.cases {
        write_new(file, &cases::table(&evaluated.lines)?)?;
    }
    let evaluation = &evaluated.evaluation;
    print_result(arguments.json, evaluation, || evaluation_text(evaluation))
}

/// Evaluates a run's best epoch on any split. A finished run of an earlier version gets the records that it lacks.
///
/// # Errors
///
/// An error of the run, the data or the device.
fn evaluate(arguments: &EvaluateArguments, quiet: bool) -> Result<Evaluated, RunnerError> {
    let run = TrainedRun::open(&arguments.run)?;
    let root = match &arguments.data {
        Some(root) => root.clone(),
        None => environment::data_root(&run.folder)?,
    };
    let split = arguments.split;
    let completes = split == Split::Test && arguments.data.is_none() && run.folder.lacks_cases();
    let dataset = if completes {
        // The colour classifier needs the training images, too.
        Dataset::open(&root, &run.recipe.data.options)?
    } else {
        Dataset::open_split(&root, &run.recipe.data.options, split)?
    };
    for guess in dataset.guesses() {
        tracing::info!("{guess}");
    }
    for note in dataset.notes() {
        tracing::warn!("{note}");
    }
    let progress = Progress::new(quiet);
    label_check::check(&dataset, &run.recipe.data.options, &[split], progress)?;
    let predictor = predictor_of(&run, dataset.class_names.len(), arguments.device.device)?;
    if completes {
        let (folder, recipe) = (&run.folder, &run.recipe);
        let evaluated = evaluate_test(folder, recipe, &dataset, &predictor, None, progress)?;
        complete(&arguments.run, &dataset, &evaluated);
        return Ok(evaluated);
    }
    let untaught = environment::untaught(&run.folder)?;
    evaluate_split(&predictor, &dataset, split, &untaught, None, progress)
}

/// Writes `cases.csv` and `summary.json` into a finished run that lacks the former. If that is impossible, the evaluation is printed
/// all the same.
fn complete(run: &Path, dataset: &Dataset, evaluated: &Evaluated) {
    let written = RunWriter::resume(run).and_then(|folder| {
        environment::check_split(&folder, dataset)?;
        write_records(&folder, evaluated)
    });
    match written {
        Ok(()) => tracing::info!(
            "{}: trained by an earlier version; wrote {} and summary.json",
            run.display(),
            cases::FILE
        ),
        Err(error) => tracing::warn!(
            "{}: {} was not written: {error}",
            run.display(),
            cases::FILE
        ),
    }
}

/// An evaluation as text, with the scores on the clean ground truth and those of the colour classifier, if there are any.
pub(crate) fn evaluation_text(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{}, against their labels\n{}",
        counted(
            evaluation.scores.images,
            &format!("{} image", evaluation.split)
        ),
        score_table(&evaluation.scores)
    );
    text += &interval_line(evaluation, Truth::Noisy);
    if let Some(clean) = &evaluation.clean {
        text += &format!("\nagainst the clean ground truth\n{}", score_table(clean));
        text += &interval_line(evaluation, Truth::Clean);
    }
    if let (Some(colour), Some(clean)) = (&evaluation.colour_classifier, &evaluation.clean) {
        text += &format!(
            "\nmean foreground Dice on the clean ground truth: {} by the network, {} by each pixel's colour alone\n",
            number(clean.dice, 3),
            number(colour.dice, 3)
        );
    }
    text
}

/// The 95 % interval of the mean foreground Dice; empty if there is none.
fn interval_line(evaluation: &Evaluation, truth: Truth) -> String {
    let of_dice = |one: &&MetricStatistics| {
        one.truth == truth && one.class.is_none() && one.metric == Metric::Dice
    };
    let found = evaluation.statistics.iter().find(of_dice);
    let Some((one, [low, high])) = found.and_then(|one| Some((one, one.ci95?))) else {
        return String::new();
    };
    format!(
        "mean foreground Dice {:.3}, 95 % interval {low:.3} to {high:.3} by bootstrap over {}\n",
        one.mean,
        counted(one.patients, "patient")
    )
}
