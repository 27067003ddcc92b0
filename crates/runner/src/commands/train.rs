//! `selvedge train`.

mod erm_comparison;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::arguments::checkpoint::CheckpointName;
use crate::arguments::device::DeviceArgument;
use crate::commands::evaluate::evaluation_text;
use crate::commands::train::erm_comparison::erm_comparison;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::environment;
use crate::run_folder::trained_run::TrainedRun;
use crate::terminal::interruption;
use crate::terminal::printing::print_result;
use crate::training::options::TrainOptions;
use crate::training::resume::Resume;
use crate::training::train::train;

/// `selvedge train`.
#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder; not needed with --resume.
    #[arg(required_unless_present = "resume")]
    pub recipe: Option<String>,
    /// The data set's folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The run's folder; it must not exist yet. Default: runs/RECIPE-TIME.
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Short for --set train.epochs=N; with --resume, the run's new number of epochs.
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Sets a key of the recipe; may be repeated. With --resume, one of the run's length.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Resumes an interrupted run, with that run's recipe; or trains a finished one longer.
    #[arg(long, value_name = "RUN", conflicts_with = "recipe")]
    pub resume: Option<PathBuf>,
    /// The checkpoint to resume from: best, or last, even if best is lost. Default: last.
    #[arg(long, value_enum, value_name = "CHECKPOINT", requires = "resume")]
    pub from: Option<CheckpointName>,
    /// Also writes scores and previews in another form: tensorboard writes event files into the run's folder `tensorboard`. A
    /// resumed run that has such files continues them.
    #[arg(long, value_enum, value_name = "FORM")]
    pub log: Option<LogForm>,
    /// Prints the evaluation as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Another form of a run's scores and previews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Event files.
    Tensorboard,
}

pub(crate) fn run(arguments: TrainArguments, quiet: bool) -> Result<(), RunnerError> {
    let mut overrides = arguments.overrides;
    overrides.extend(
        arguments
            .epochs
            .map(|epochs| format!("train.epochs={epochs}")),
    );
    let (recipe, resume) = if let Some(run) = arguments.resume {
        let mut recipe = TrainedRun::open(&run)?.recipe;
        change_length(&mut recipe, &overrides)?;
        let resume = Resume {
            run,
            from: arguments.from.map(CheckpointName::folder),
            longer: !overrides.is_empty(),
        };
        (recipe, Some(resume))
    } else {
        // Without a run to resume, the command line requires a recipe.
        let name = arguments.recipe.as_deref().unwrap_or_default();
        (Recipe::load(name, &overrides)?, None)
    };
    let options = TrainOptions {
        recipe,
        data: arguments.data,
        out: arguments.out,
        device: arguments.device.device,
        resume,
        tensorboard: arguments.log == Some(LogForm::Tensorboard),
        quiet,
    };
    let (folder, evaluation) = train(&options, interruption::listen()?.as_ref())?;
    print_result(arguments.json, &evaluation, || evaluation_text(&evaluation))?;
    tracing::info!(
        "everything is in {}; the overlays are in {}",
        folder.path().display(),
        folder.path().join("predictions").display()
    );
    let data = environment::data_root(&folder)?;
    let (loss, device) = (&options.recipe.loss, options.device);
    if let Some(comparison) = erm_comparison(loss, folder.path(), &data, device) {
        tracing::info!(
            "the loss was {}; these commands compare it with ERM, the mean over all pixels and images, on the same data:",
            comparison.loss
        );
        for command in comparison.commands {
            tracing::info!("    {command}");
        }
    }
    Ok(())
}

/// The keys that a resumed run may change: how long it trains.
const LENGTH: [&str; 3] = ["train.epochs", "train.patience", "train.max_hours"];

/// Applies changes of a run's length to its recipe.
fn change_length(recipe: &mut Recipe, overrides: &[String]) -> Result<(), RunnerError> {
    for item in overrides {
        let key = item.split('=').next().unwrap_or_default().trim();
        if !LENGTH.contains(&key) {
            return Err(RunnerError::mismatch(
                format!("one of {}", LENGTH.join(", ")),
                format!("'{key}'"),
                "a resumed run keeps every other setting: start a new training to change it",
            )
            .at(format!("`--set {item}` with --resume")));
        }
    }
    let train = Recipe::from_overrides(overrides)?.train;
    for item in overrides {
        match item.split('=').next().unwrap_or_default().trim() {
            "train.epochs" => recipe.train.epochs = train.epochs,
            "train.patience" => recipe.train.patience = train.patience,
            _ => recipe.train.max_hours = train.max_hours,
        }
    }
    Ok(())
}
