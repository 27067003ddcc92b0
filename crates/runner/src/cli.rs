//! The command line, as documented in the README; each command's help has an example.

mod bench;
mod network;
mod said;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use data::{Kind, Split};

use crate::build::DETAILS;
use crate::device::DeviceRequest;
use crate::terminal::Colour;

pub use bench::{
    BenchArguments, BenchCommand, BenchedNetwork, ConvArguments, DataBenchArguments,
    MeasureArguments,
};
pub use network::{CheckpointName, ForwardArguments, NetworkArguments, WeightsCommand};
pub use said::Said;

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
        after_help = "Example: selvedge completions fish > ~/.config/fish/completions/selvedge.fish"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Writes the manual pages of all commands.
    #[command(after_help = "Example: selvedge man --out ~/.local/share/man/man1")]
    Man {
        /// Their folder; pages that this command wrote there are written anew, other files of their names are refused.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Where to compute.
#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// The device.
    #[arg(
        long,
        default_value = "auto",
        value_name = "DEVICE",
        help = "auto, cpu, gpu, gpu:N, vulkan[:N], metal[:N], dx12[:N] or software"
    )]
    pub device: DeviceRequest,
}

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
    /// Sets a key of the recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Goes on with an interrupted run, with that run's recipe.
    #[arg(long, value_name = "RUN", conflicts_with = "overrides")]
    pub resume: Option<PathBuf>,
    /// The checkpoint to go on from: best, or last, even if best is lost. Default: last.
    #[arg(long, value_enum, value_name = "CHECKPOINT", requires = "resume")]
    pub from: Option<CheckpointName>,
    /// Prints the evaluation as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `selvedge evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// The run's folder.
    pub run: PathBuf,
    /// The data set's folder; default: that of the training.
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

/// `selvedge predict`.
#[derive(Debug, Args)]
pub struct PredictArguments {
    /// The run's folder.
    pub run: PathBuf,
    /// Photographs, NIfTI volumes, or folders of them.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Where the label images go: a folder of their own. Files that an earlier predict wrote there, unchanged since, are written
    /// anew; anything else of their names is refused before the first.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also draws the prediction over each photograph.
    #[arg(long)]
    pub overlay: bool,
    /// Also writes class probabilities as NumPy files [class, height, width].
    #[arg(long)]
    pub probabilities: bool,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
}

/// `selvedge score`.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// Folder of predicted label images.
    pub predictions: PathBuf,
    /// Folder of true label images of the same names. Files without a partner are left out, and told. Masks of 0 and 255
    /// are masks of 0 and 1; beside class numbers 255 is ignored.
    pub truth: PathBuf,
    /// Says what the values mean, as the [data] section of a recipe does: `data.label_values={ "0-127" = 0, "128-255" = 1 }`;
    /// may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Label images: distance of the pixels' centres, down and across, in whose unit distances are; default 1,1. The headers
    /// of NIfTI volumes say it, in millimetres.
    #[arg(long, value_name = "Y,X", value_parser = parse_spacing)]
    pub spacing: Option<[f64; 2]>,
    /// Prints everything as JSON, image by image.
    #[arg(long)]
    pub json: bool,
}

/// `selvedge synth …`.
#[derive(Debug, Subcommand)]
pub enum SynthCommand {
    /// Burn photographs of grades 1, 2a, 2b, 3 and 4.
    #[command(after_help = "Example: selvedge synth bamsi --out burns --images 200 --size 256")]
    Bamsi {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many photographs.
        #[arg(long, default_value_t = 160, value_name = "N")]
        images: usize,
        /// Their rows and columns.
        #[arg(long, default_value_t = 128, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
    /// Cardiac MRI: short-axis volumes of two moments, in the layout of the ACDC challenge.
    #[command(after_help = "Example: selvedge synth acdc --out hearts --images 50 --size 128")]
    Acdc {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many patients, of two volumes each.
        #[arg(long, default_value_t = 50, value_name = "N")]
        images: usize,
        /// Rows and columns of every slice.
        #[arg(long, default_value_t = 128, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
    /// Ultrasound images of fetal abdomens with liver, stomach, artery and vein.
    #[command(after_help = "Example: selvedge synth fasu --out fetal --images 200 --size 256")]
    Fasu {
        /// The new folder; it must not exist yet, or be empty.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many images.
        #[arg(long, default_value_t = 160, value_name = "N")]
        images: usize,
        /// Their rows; columns are a third more.
        #[arg(long, default_value_t = 192, value_name = "PIXELS")]
        size: usize,
        /// The same seed gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Strength of the annotation noise: 0 none, 1 usual, up to 3.
        #[arg(long, default_value_t = 1.0)]
        noise: f64,
    },
}

/// `selvedge data …`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Reads every file and tells every problem; exit code 1 if there is any. What is only worth a look (labels that are all
    /// background, or that seem to lie beside what they outline) is told too, and is no problem.
    #[command(after_help = "Example: selvedge data check folder wounds")]
    Check {
        /// acdc, bamsi, fasu or folder.
        kind: Kind,
        /// The data set's folder.
        dir: PathBuf,
        /// Settings of the data set.
        #[arg(
            long = "set",
            value_name = "KEY=VALUE",
            help = "Sets a key of the [data] section of a recipe, such as data.classes=[\"skin\",\"wound\"]; may be repeated"
        )]
        overrides: Vec<String>,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Draws what a network would see: images with their labels, beside several augmentations of each.
    #[command(
        after_help = "Example: selvedge data show wounds --recipe folder --out shown --set augment.elastic.amplitude=6"
    )]
    Show(ShowArguments),
}

/// `selvedge data show`.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The data set's folder.
    pub dir: PathBuf,
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder.
    #[arg(long, value_name = "RECIPE")]
    pub recipe: String,
    /// Where sheet.png and legend.txt go; those of an earlier sheet are written anew, other files of these names are refused.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How many images, spread over the split.
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub images: usize,
    /// How many augmentations of each: those of the first epochs.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub draws: usize,
    /// Short for --set train.seed=SEED.
    #[arg(long)]
    pub seed: Option<u64>,
    /// train, validation or test; only training images are augmented.
    #[arg(long, default_value = "train")]
    pub split: Split,
    /// Sets a key of the recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Prints what is on the sheet as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `selvedge recipe …`.
#[derive(Debug, Subcommand)]
pub enum RecipeCommand {
    /// Names and descriptions.
    #[command(after_help = "Example: selvedge recipe list")]
    List,
    /// A recipe's text, to save and change.
    #[command(after_help = "Example: selvedge recipe show bamsi > mine.toml")]
    Show {
        /// Its name.
        name: String,
        /// Every key that there is with its value, those of the recipe's base and the defaults among them.
        #[arg(long)]
        resolved: bool,
    },
}

/// `selvedge model …`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Names and parameters at published size.
    #[command(after_help = "Example: selvedge model list")]
    List,
    /// A network's parameters, and what an image costs.
    #[command(after_help = "Example: selvedge model show unet --classes 5 --size 256")]
    Show {
        /// unet, unet3plus, deeplabv3, pvtgcascade or meritgcascade.
        name: String,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: NetworkArguments,
        /// Also what one image of so many rows and columns costs: multiply-adds, and memory for the gradients (measured on
        /// the CPU; seconds).
        #[arg(long, value_name = "PIXELS")]
        size: Option<usize>,
        /// With --size: adds up layers whose names begin with the same so many parts; 0 lists each.
        #[arg(long, default_value_t = 3)]
        depth: usize,
        /// Prints as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `selvedge envelope`.
#[derive(Debug, Args)]
pub struct EnvelopeArguments {
    /// Logits [batch, class, height, width], floating-point, as numpy.save writes them.
    #[arg(value_name = "LOGITS.npy")]
    pub logits: PathBuf,
    /// Labels [batch, height, width], whole numbers.
    #[arg(value_name = "LABELS.npy")]
    pub labels: PathBuf,
    /// Settings of the loss.
    #[arg(
        long = "set",
        value_name = "KEY=VALUE",
        help = "Sets a key of the [loss] section of a recipe, such as sigma=2; may be repeated"
    )]
    pub overrides: Vec<String>,
    /// The last known loss of every training image, the batch being the first of them; without it the batch is all there is.
    #[arg(long, value_name = "STORE.npy")]
    pub store: Option<PathBuf>,
    /// The epoch, from 1, for what depends on it; default: the last.
    #[arg(long, value_name = "E", value_parser = clap::value_parser!(u32).range(1..))]
    pub epoch: Option<u32>,
    /// Of how many epochs.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: u32,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Where the pixels go.
    #[arg(
        long,
        value_name = "FILE.npz",
        help = "Writes pixel_loss, kept and gradient here, into a new file"
    )]
    pub out: Option<PathBuf>,
    /// Prints the answer as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `selvedge doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Prints the diagnosis as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Two lengths above 0, parted by a comma.
fn parse_spacing(text: &str) -> Result<[f64; 2], String> {
    text.split_once(',')
        .and_then(|(down, across)| Some([down.trim().parse().ok()?, across.trim().parse().ok()?]))
        .filter(|spacing: &[f64; 2]| spacing.iter().all(|side| side.is_finite() && *side > 0.0))
        .ok_or_else(|| "expected two lengths above 0, such as 0.5,0.5".to_string())
}
