//! `selvedge evaluate`: a run's best epoch on images of a split, at their own size.

use std::path::{Path, PathBuf};

use clap::Args;
use data::{Dataset, Split, counted};

use crate::arguments::device::DeviceArgument;
use crate::dataset::label_check;
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::prediction::evaluation::{Evaluation, evaluate_split};
use crate::prediction::predictor::predictor_of;
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
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
    /// Prints the evaluation as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &EvaluateArguments, quiet: bool) -> Result<(), RunnerError> {
    let evaluation = evaluate(
        &arguments.run,
        arguments.data.as_deref(),
        arguments.split,
        arguments.device.device,
        quiet,
    )?;
    print_result(arguments.json, &evaluation, || evaluation_text(&evaluation))
}

/// Evaluates a run's best epoch on any split.
///
/// # Errors
///
/// An error of the run, the data or the device.
fn evaluate(
    run: &Path,
    data: Option<&Path>,
    split: Split,
    device: DeviceRequest,
    quiet: bool,
) -> Result<Evaluation, RunnerError> {
    let run = TrainedRun::open(run)?;
    let root = match data {
        Some(root) => root.to_path_buf(),
        None => environment::data_root(&run.folder)?,
    };
    let dataset = Dataset::open_split(&root, &run.recipe.data.options, split)?;
    for note in dataset.notes() {
        tracing::warn!("{note}");
    }
    let progress = Progress::new(quiet);
    label_check::check(&dataset, &run.recipe.data.options, &[split], progress)?;
    let predictor = predictor_of(&run, dataset.class_names.len(), device)?;
    let untaught = environment::untaught(&run.folder)?;
    evaluate_split(&predictor, &dataset, split, &untaught, None, progress)
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
    if let Some(clean) = &evaluation.clean {
        text += &format!("\nagainst the clean ground truth\n{}", score_table(clean));
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
