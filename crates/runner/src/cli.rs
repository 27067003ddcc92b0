//! The command line, as documented in the README; each command's help has an example.

use clap::{CommandFactory, Parser, Subcommand};
use ops::Level;

use crate::build::DETAILS;
use crate::commands::bench::arguments::BenchCommand;
use crate::commands::completions::{self, CompletionsArguments};
use crate::commands::data::{self, DataCommand};
use crate::commands::doctor::{self, DoctorArguments};
use crate::commands::envelope::{self, EnvelopeArguments};
use crate::commands::evaluate::{self, EvaluateArguments};
use crate::commands::forward::ForwardArguments;
use crate::commands::man::{self, ManArguments};
use crate::commands::model::{self, ModelCommand};
use crate::commands::predict::{self, PredictArguments};
use crate::commands::recipe::{self, RecipeCommand};
use crate::commands::score::{self, ScoreArguments};
use crate::commands::synth::{self, SynthCommand};
use crate::commands::train::{self, TrainArguments};
use crate::commands::weights::WeightsCommand;
use crate::commands::{bench, forward, weights};
use crate::device::trial::run_by_this_program;
use crate::error::RunnerError;
use crate::terminal::colour::Colour;

/// The end of `selvedge --help`.
const ENVIRONMENT: &str = "\
Environment:
  SELVEDGE_INSTRUCTIONS  the processor's instruction set: portable, neon, avx2 or avx512; the widest it has by default
  SELVEDGE_WITHOUT       graphics APIs not even to look at, such as vulkan,dx12
  SELVEDGE_LOG           a filter of the log, such as debug; without it RUST_LOG
  NO_COLOR               no colours
  CLICOLOR_FORCE         colours also where there is no terminal";

/// Trains medical image segmentation networks on any GPU, or on the processor alone.
#[derive(Debug, Parser)]
#[command(name = "selvedge", version, long_version = DETAILS, propagate_version = true, after_long_help = ENVIRONMENT)]
pub struct Cli {
    /// More words on stderr; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress on stderr, only warnings and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colours on stderr and in help.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Trains a network as a recipe says, then evaluates its best epoch on the test images.
    #[command(after_help = "Example: selvedge train folder --data wounds --set train.epochs=40")]
    Train(TrainArguments),
    /// Evaluates a run's best epoch.
    #[command(
        after_help = "Example: selvedge evaluate runs/bamsi-demo-20260131-120000 --split validation"
    )]
    Evaluate(EvaluateArguments),
    /// Predicts label images of photographs, at their own size; of NIfTI volumes, NIfTI volumes on the same grid.
    #[command(
        after_help = "Example: selvedge predict runs/bamsi-demo-20260131-120000 photos --out labels --overlay"
    )]
    Predict(PredictArguments),
    /// Compares two folders of label images or NIfTI volumes made by any program.
    #[command(after_help = "Example: selvedge score predictions truth --spacing 0.5,0.5")]
    Score(ScoreArguments),
    /// Writes a synthetic data set, with the clean truth beside the noisy labels.
    #[command(subcommand)]
    Synth(SynthCommand),
    /// Looks at data sets.
    #[command(subcommand)]
    Data(DataCommand),
    /// Lists and shows the recipes inside the program.
    #[command(subcommand)]
    Recipe(RecipeCommand),
    /// Lists and describes the networks.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Takes weights from files of PyTorch, and gives a run's weights to it.
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// A network's logits of given arrays, in evaluation mode.
    #[command(
        after_help = "Example: selvedge forward deeplabv3 --weights w.safetensors --classes 5 --input x.npy --out y.npy"
    )]
    Forward(ForwardArguments),
    /// The selection envelope on given arrays: losses, weights, and gradients.
    #[command(
        after_help = "Example: selvedge envelope logits.npy labels.npy --set sigma_scope=image --out pixels.npz --json"
    )]
    Envelope(EnvelopeArguments),
    /// Measures how long pieces of the work take on a device.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Lists the graphics adapters and tests a device against the CPU.
    #[command(after_help = "Example: selvedge doctor --device gpu")]
    Doctor(DoctorArguments),
    /// Prints a script that completes commands, options and values in a shell.
    #[command(
        after_help = "Example: selvedge completions bash > ~/.local/share/bash-completion/completions/selvedge"
    )]
    Completions(CompletionsArguments),
    /// Writes the manual pages of all commands.
    #[command(after_help = "Example: selvedge man --out ~/.local/share/man/man1")]
    Man(ManArguments),
}

/// Does what the command line says; what it answers goes to stdout.
///
/// # Errors
///
/// Those of the command. A report that is itself bad news (`data check`, `doctor`) is printed and then an error.
pub fn run(cli: Cli) -> Result<(), RunnerError> {
    let quiet = cli.quiet;
    Level::chosen().map_err(|error| {
        RunnerError::fixable(
            error.to_string(),
            "without this variable the widest that the processor has is taken",
        )
    })?;
    run_by_this_program();
    match cli.command {
        Command::Train(arguments) => train::run(arguments, quiet),
        Command::Evaluate(arguments) => evaluate::run(&arguments, quiet),
        Command::Predict(arguments) => predict::run(arguments, quiet),
        Command::Score(arguments) => score::run(&arguments),
        Command::Synth(command) => synth::run(command, quiet),
        Command::Data(command) => data::run(command, quiet),
        Command::Recipe(command) => recipe::run(&command),
        Command::Model(command) => model::run(&command),
        Command::Weights(command) => weights::run(command),
        Command::Forward(arguments) => forward::run(arguments),
        Command::Envelope(arguments) => envelope::run(arguments),
        Command::Bench(command) => bench::run(command, quiet),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, &mut Cli::command()),
        Command::Man(arguments) => man::run(&arguments, Cli::command()),
    }
}
