//! The command line, as `docs/commands.md` shows it; each command's help has an example.

mod parse;
mod runs;

use clap::{CommandFactory, Parser, Subcommand};
use ops::InstructionSet;

use crate::build::DETAILS;
use crate::commands::audit::{self, AuditArguments};
use crate::commands::bench::arguments::BenchCommand;
use crate::commands::compare::{self, CompareArguments};
use crate::commands::completions::{self, CompletionsArguments};
use crate::commands::data::{self, DataCommand};
use crate::commands::doctor::{self, DoctorArguments};
use crate::commands::envelope::{self, EnvelopeArguments};
use crate::commands::evaluate::{self, EvaluateArguments};
use crate::commands::experiment::{self, ExperimentCommand};
use crate::commands::forward::ForwardArguments;
use crate::commands::man::{self, ManArguments};
use crate::commands::model::{self, ModelCommand};
use crate::commands::predict::{self, PredictArguments};
use crate::commands::recipe::{self, RecipeCommand};
use crate::commands::report::{self, ReportArguments};
use crate::commands::score::{self, ScoreArguments};
use crate::commands::synth::{self, SynthCommand};
use crate::commands::train::{self, TrainArguments};
use crate::commands::watch::{self, WatchArguments};
use crate::commands::weights::WeightsCommand;
use crate::commands::{bench, forward, weights};
use crate::device::trial::run_by_this_program;
use crate::error::RunnerError;
use crate::terminal::colour::Colour;

/// The end of `selvedge --help`.
const ENVIRONMENT: &str = "\
Environment:
  SELVEDGE_INSTRUCTIONS  the CPU's instruction set: portable, neon, avx2 or avx512; default: the widest that the CPU has
  SELVEDGE_WITHOUT       graphics APIs that are not searched for devices, such as vulkan,dx12
  SELVEDGE_LOG           a filter of the log, such as debug; default: RUST_LOG
  NO_COLOR               no colours
  CLICOLOR_FORCE         colours even without a terminal";

/// Trains medical image segmentation networks on any GPU, or on the CPU.
#[derive(Debug, Parser)]
#[command(name = "selvedge", version, long_version = DETAILS, propagate_version = true, after_long_help = ENVIRONMENT)]
pub struct Cli {
    /// More messages on stderr; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress on stderr, only warnings and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colours on stderr and in help.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Trains a network by a recipe, then evaluates its best epoch on the test images.
    #[command(after_help = "Example: selvedge train folder --data wounds --set train.epochs=40")]
    Train(TrainArguments),
    /// Shows a training while it runs, from its files alone: curves, scores, the time left. Leaving never stops the training.
    #[command(after_help = "Example: selvedge watch runs/latest")]
    Watch(WatchArguments),
    /// Evaluates a run's best epoch.
    #[command(
        after_help = "Example: selvedge evaluate runs/bamsi-demo-20260131-120000 --split validation"
    )]
    Evaluate(EvaluateArguments),
    /// Compares finished runs with a baseline, patient by patient: the difference, its interval, a test and a sentence.
    #[command(
        after_help = "Example: selvedge compare runs/envelope-1 runs/envelope-2 --baseline runs/erm-1 runs/erm-2 --metric dice,nsd"
    )]
    Compare(CompareArguments),
    /// Writes one page about finished runs: scores, curves, the worst cases as pictures, what the selection did, how to repeat them.
    #[command(
        after_help = "Example: selvedge report runs/bamsi-demo-20260131-120000 --out report.html"
    )]
    Report(ReportArguments),
    /// Predicts label images for photographs, at their own size; for NIfTI volumes, NIfTI volumes with the same grid.
    #[command(
        after_help = "Example: selvedge predict runs/bamsi-demo-20260131-120000 photos --out labels --overlay"
    )]
    Predict(PredictArguments),
    /// Compares two folders of label images or NIfTI volumes, made by any program.
    #[command(after_help = "Example: selvedge score predictions truth --spacing 0.5,0.5")]
    Score(ScoreArguments),
    /// Lists labels that deserve a second look: by what a run noted, or by networks that have not seen them.
    #[command(after_help = "Example: selvedge audit runs/folder-20260131-120000")]
    Audit(AuditArguments),
    /// Writes a synthetic data set, with clean ground truth in addition to the noisy labels.
    #[command(subcommand)]
    Synth(SynthCommand),
    /// Checks and shows data sets.
    #[command(subcommand)]
    Data(DataCommand),
    /// Lists and shows the recipes inside the program.
    #[command(subcommand)]
    Recipe(RecipeCommand),
    /// Lists and describes the networks.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Imports weights from PyTorch's files, and exports a run's weights to PyTorch.
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Runs grids of trainings, such as the paper's tables, here or on a cluster.
    #[command(subcommand)]
    Experiment(ExperimentCommand),
    /// Computes a network's logits for given arrays, in evaluation mode.
    #[command(
        after_help = "Example: selvedge forward deeplabv3 --weights w.safetensors --classes 5 --input x.npy --out y.npy"
    )]
    Forward(ForwardArguments),
    /// Computes the selection envelope for given arrays: losses, weights, and gradients.
    #[command(
        after_help = "Example: selvedge envelope logits.npy labels.npy --set sigma_scope=image --out pixels.npz --json"
    )]
    Envelope(EnvelopeArguments),
    /// Measures how long parts of the work take on a device.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Lists the GPUs and tests a device against the CPU.
    #[command(after_help = "Example: selvedge doctor --device gpu")]
    Doctor(DoctorArguments),
    /// Prints a script that completes commands, options and values in a shell.
    #[command(
        after_help = "Example: selvedge completions fish > ~/.config/fish/completions/selvedge.fish"
    )]
    Completions(CompletionsArguments),
    /// Writes the manual pages of all commands.
    #[command(after_help = "Example: selvedge man --out ~/.local/share/man/man1")]
    Man(ManArguments),
}

/// Runs the command; its result goes to stdout.
///
/// # Errors
///
/// The error of the command. A report that is itself bad news (`data check`, `doctor`) is printed first.
pub fn run(cli: Cli) -> Result<(), RunnerError> {
    let quiet = cli.quiet;
    InstructionSet::chosen().map_err(|error| {
        RunnerError::fixable(
            error.to_string(),
            "unset this variable to use the widest that the CPU has",
        )
        .caused_by(error)
    })?;
    run_by_this_program();
    match cli.command.with_latest_runs()? {
        Command::Train(arguments) => train::run(arguments, quiet),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments, quiet),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Report(arguments) => report::run(&arguments, quiet),
        Command::Predict(arguments) => predict::run(&arguments, quiet),
        Command::Score(arguments) => score::run(&arguments),
        Command::Audit(arguments) => audit::run(arguments, quiet),
        Command::Synth(command) => synth::run(command, quiet),
        Command::Data(command) => data::run(command, quiet),
        Command::Recipe(command) => recipe::run(&command),
        Command::Model(command) => model::run(&command),
        Command::Weights(command) => weights::run(command),
        Command::Experiment(command) => experiment::run(command, quiet),
        Command::Forward(arguments) => forward::run(&arguments),
        Command::Envelope(arguments) => envelope::run(&arguments),
        Command::Bench(command) => bench::run(command, quiet),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, &mut Cli::command()),
        Command::Man(arguments) => man::run(&arguments, Cli::command()),
    }
}
