//! From a parsed command line to what it does and prints.

mod bench;
mod model;
mod weights;

use data::{CheckReport, DataOptions, Kind, counted};
use models::NetworkName;
use ops::Level;
use serde::Serialize;

use crate::cli::{
    CheckpointName, Cli, Command, DataCommand, EnvelopeArguments, RecipeCommand, ScoreArguments,
    ShowArguments, SynthCommand, TrainArguments,
};
use crate::completions;
use crate::contact_sheet::{ShowOptions, legend, show};
use crate::data_root::write_synthetic;
use crate::device;
use crate::doctor::{Diagnosis, examine};
use crate::envelope::{EnvelopeOptions, envelope};
use crate::error::RunnerError;
use crate::evaluate::evaluate_run;
use crate::interruption;
use crate::manual;
use crate::predict::{PredictOptions, predict};
use crate::progress::Progress;
use crate::recipe::{Recipe, SyntheticConfig};
use crate::report;
use crate::run_folder::RunFolder;
use crate::score::score;
use crate::terminal;
use crate::train::{Resume, TrainOptions, train};

/// Does what the command line says; what it answers goes to stdout.
///
/// # Errors
///
/// Those of the command. A report that is itself bad news (`data check`, `doctor`) is printed and then an error.
pub fn run(cli: Cli) -> Result<(), RunnerError> {
    let quiet = cli.quiet;
    Level::chosen().map_err(|error| {
        RunnerError::mend(
            error.to_string(),
            "without this variable the widest that the processor has is taken",
        )
    })?;
    device::run_by_this_program();
    match cli.command {
        Command::Train(arguments) => run_training(arguments, quiet),
        Command::Evaluate(arguments) => {
            let evaluation = evaluate_run(
                &arguments.run,
                arguments.data.as_deref(),
                arguments.split,
                arguments.device.device,
                quiet,
            )?;
            answer(arguments.json, &evaluation, || {
                report::evaluation(&evaluation)
            })
        }
        Command::Predict(arguments) => {
            let options = PredictOptions {
                run: arguments.run,
                inputs: arguments.inputs,
                out: arguments.out,
                overlay: arguments.overlay,
                probabilities: arguments.probabilities,
                device: arguments.device.device,
                quiet,
            };
            let count = predict(&options)?;
            tracing::info!("{count} label images in {}", options.out.display());
            Ok(())
        }
        Command::Score(arguments) => {
            let options = score_options(&arguments.overrides)?;
            let ScoreArguments {
                predictions,
                truth,
                spacing,
                ..
            } = &arguments;
            let result = score(predictions, truth, *spacing, &options)?;
            answer(arguments.json, &result, || report::scores(&result.summary))
        }
        Command::Synth(command) => run_synth(command, quiet),
        Command::Data(DataCommand::Check {
            kind,
            dir,
            overrides,
            json,
        }) => {
            let options = data_options(kind, &overrides)?;
            let found = data::check(kind, &dir, &options);
            answer(json, &found, || report::data_check(&found))?;
            problems_are_an_error(&found)
        }
        Command::Data(DataCommand::Show(arguments)) => run_show(arguments, quiet),
        Command::Recipe(RecipeCommand::List) => {
            let list: Vec<String> = Recipe::list()?
                .into_iter()
                .map(|(name, description)| format!("{name:<20} {description}\n"))
                .collect();
            print(&list.concat())
        }
        Command::Recipe(RecipeCommand::Show { name, resolved }) => {
            if resolved {
                print(&Recipe::load(&name, &[])?.to_toml()?)
            } else {
                print(Recipe::text(&name)?)
            }
        }
        Command::Model(command) => model::run_model(&command),
        Command::Weights(command) => weights::run_weights(command),
        Command::Forward(arguments) => weights::run_forward(arguments),
        Command::Envelope(arguments) => run_envelope(arguments),
        Command::Bench(command) => bench::run_bench(command, quiet),
        Command::Doctor(arguments) => {
            let diagnosis = examine(arguments.device.device)?;
            answer(arguments.json, &diagnosis, || report::diagnosis(&diagnosis))?;
            differences_are_an_error(&diagnosis)
        }
        Command::Completions { shell } => print(&completions::script(shell)),
        Command::Man { out } => manual::write(&out),
    }
}

fn run_training(arguments: TrainArguments, quiet: bool) -> Result<(), RunnerError> {
    let mut overrides = arguments.overrides;
    overrides.extend(
        arguments
            .epochs
            .map(|epochs| format!("train.epochs={epochs}")),
    );
    let (recipe, resume) = if let Some(run) = arguments.resume {
        let mut recipe = Recipe::of_run(RunFolder::open(&run)?.path())?;
        let epochs = arguments.epochs.unwrap_or(recipe.train.epochs);
        let resume = Resume {
            run,
            from: arguments.from.map(CheckpointName::folder),
            new_epochs: recipe.train.epochs != epochs,
        };
        recipe.train.epochs = epochs;
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
        quiet,
    };
    let (folder, evaluation) = train(&options, interruption::listen()?.as_ref())?;
    answer(arguments.json, &evaluation, || {
        report::evaluation(&evaluation)
    })?;
    tracing::info!(
        "everything is in {}; the pictures are in {}",
        folder.path().display(),
        folder.path().join("predictions").display()
    );
    Ok(())
}

fn run_show(arguments: ShowArguments, quiet: bool) -> Result<(), RunnerError> {
    let mut overrides = arguments.overrides;
    overrides.extend(arguments.seed.map(|seed| format!("train.seed={seed}")));
    let shown = show(&ShowOptions {
        recipe: Recipe::load(&arguments.recipe, &overrides)?,
        data: arguments.dir,
        split: arguments.split,
        images: arguments.images,
        draws: arguments.draws,
        out: arguments.out,
        quiet,
    })?;
    answer(arguments.json, &shown, || legend(&shown))
}

fn run_synth(command: SynthCommand, quiet: bool) -> Result<(), RunnerError> {
    let kind = match command {
        SynthCommand::Acdc { .. } => Kind::Acdc,
        SynthCommand::Bamsi { .. } => Kind::Bamsi,
        SynthCommand::Fasu { .. } => Kind::Fasu,
    };
    let (SynthCommand::Acdc {
        out,
        images,
        size,
        seed,
        noise,
    }
    | SynthCommand::Bamsi {
        out,
        images,
        size,
        seed,
        noise,
    }
    | SynthCommand::Fasu {
        out,
        images,
        size,
        seed,
        noise,
    }) = command;
    let config = SyntheticConfig {
        images,
        size,
        seed,
        noise,
    };
    let summary = write_synthetic(&out, kind, config, Progress::new(quiet))?;
    print(&format!("{}: {summary}\n", out.display()))
}

fn run_envelope(arguments: EnvelopeArguments) -> Result<(), RunnerError> {
    let found = envelope(&EnvelopeOptions {
        logits: arguments.logits,
        labels: arguments.labels,
        overrides: arguments.overrides,
        store: arguments.store,
        epoch: arguments.epoch.map(|epoch| epoch as usize),
        epochs: arguments.epochs as usize,
        device: arguments.device.device,
        out: arguments.out,
    })?;
    answer(arguments.json, &found, || report::envelope(&found))
}

/// The `[data]` section of the recipe that has the kind's name, as `--set data.…` changes it.
fn data_options(kind: Kind, overrides: &[String]) -> Result<DataOptions, RunnerError> {
    Ok(Recipe::load(kind.as_str(), overrides)?.data.options)
}

/// The same for two folders of labels, whose classes are those that are found if none are named.
fn score_options(overrides: &[String]) -> Result<DataOptions, RunnerError> {
    let mut options = data_options(Kind::Folder, overrides)?;
    let named = |text: &String| text.trim_start().starts_with("data.classes");
    if !overrides.iter().any(named) {
        options.classes.clear();
    }
    Ok(options)
}

fn problems_are_an_error(report: &CheckReport) -> Result<(), RunnerError> {
    match report.problems.len() {
        0 => Ok(()),
        count => Err(RunnerError::failed(
            format!(
                "expected a sound data set, found {}",
                counted(count, "problem")
            ),
            "mend them as said above, then check again",
        )),
    }
}

fn differences_are_an_error(diagnosis: &Diagnosis) -> Result<(), RunnerError> {
    if diagnosis.healthy {
        return Ok(());
    }
    Err(RunnerError::failed(
        format!(
            "{} does not compute what the CPU computes",
            diagnosis.device.name
        ),
        "update its driver, or train with `--device cpu`",
    ))
}

fn network_name(name: &str) -> Result<NetworkName, RunnerError> {
    NetworkName::ALL
        .into_iter()
        .find(|known| known.as_str() == name)
        .ok_or_else(|| {
            let names = NetworkName::ALL.map(NetworkName::as_str).join(", ");
            RunnerError::mend(
                format!("network '{name}': expected one of {names}"),
                "see `selvedge model list`",
            )
        })
}

/// The one of those that an `option` knows which is called `name`.
fn one_of<T: Copy, const N: usize>(
    option: &str,
    name: &str,
    known: [T; N],
    as_str: fn(T) -> &'static str,
) -> Result<T, RunnerError> {
    let found = known.into_iter().find(|known| as_str(*known) == name);
    found.ok_or_else(|| {
        let names = known.map(as_str).join(", ");
        RunnerError::mend(
            format!("--{option} {name}: expected one of {names}"),
            "see `selvedge model show --help`",
        )
    })
}

/// Prints an answer as one JSON object, or in words.
fn answer(
    json: bool,
    value: &impl Serialize,
    words: impl FnOnce() -> String,
) -> Result<(), RunnerError> {
    if !json {
        return print(&words());
    }
    let text = serde_json::to_string(value).map_err(|error| {
        RunnerError::failed(
            error.to_string(),
            "this is a fault of the program: please report it",
        )
    })?;
    terminal::print(&(terminal::escaped_json(&text) + "\n"))
}

/// Prints an answer in words, among which may be names out of files.
fn print(text: &str) -> Result<(), RunnerError> {
    terminal::print(&terminal::printable(text))
}
