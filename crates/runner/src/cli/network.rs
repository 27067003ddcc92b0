//! Options that describe a network, and the commands that take a network's weights.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DeviceArgument;
use crate::run_folder::{BEST, LAST};

/// What a network is built with.
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags of a command line are as many as there are"
)]
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of different networks"
)]
pub struct NetworkArguments {
    /// Classes, background included.
    #[arg(long, default_value_t = 6)]
    pub classes: usize,
    /// Channels of the first level.
    #[arg(long, default_value_t = 64)]
    pub width: usize,
    /// UNet3+: a head on every level.
    #[arg(long)]
    pub deep_supervision: bool,
    /// UNet3+ with deep supervision: the classification-guided module.
    #[arg(long, requires = "deep_supervision")]
    pub classification_guided: bool,
    /// DeepLabV3: resnet50 or resnet101.
    #[arg(long, default_value = "resnet50")]
    pub backbone: String,
    /// DeepLabV3: pixels of the image between neighbours of the last map, 8 or 16.
    #[arg(long, default_value_t = 8)]
    pub output_stride: u64,
    /// DeepLabV3: a second head, on the third stage.
    #[arg(long)]
    pub auxiliary_head: bool,
    /// PVT-GCASCADE: the size of its encoder, b0 to b5.
    #[arg(long, default_value = "b2")]
    pub pvt: String,
    /// G-CASCADE: how the decoder's maps meet the encoder's, additive or concatenation.
    #[arg(long, default_value = "additive")]
    pub aggregation: String,
    /// G-CASCADE: which sums of the four maps of logits are trained, mutation, heads or sum.
    #[arg(long, default_value = "mutation")]
    pub head_losses: String,
    /// G-CASCADE: images are grey, and a layer of its own makes three channels of them.
    #[arg(long)]
    pub grey_input: bool,
}

/// Which of a run's checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckpointName {
    /// Of the epoch with the best validation scores.
    #[default]
    Best,
    /// The newest.
    Last,
}

impl CheckpointName {
    /// Its folder in that of the run.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Best => BEST,
            Self::Last => LAST,
        }
    }
}

/// `selvedge weights …`.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// Checks files of weights against a network, and writes them as one safetensors file under the network's own names.
    #[command(
        after_help = "Example: selvedge weights import resnet50.pth --model deeplabv3 --classes 5 --out start.safetensors"
    )]
    Import {
        /// .safetensors, .pth or .pt: one of the whole network, or one of each of its encoders.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The network (`selvedge model list`).
        #[arg(long, value_name = "NAME")]
        model: String,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: NetworkArguments,
        /// The new file; it must not exist yet.
        #[arg(long, value_name = "FILE.safetensors")]
        out: PathBuf,
        /// Takes what fits, and leaves the rest at its initial weights.
        #[arg(long)]
        lenient: bool,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Writes a run's weights as safetensors, under the names that PyTorch's network has.
    #[command(
        after_help = "Example: selvedge weights export runs/bamsi-20260131-120000 --out bamsi.safetensors"
    )]
    Export {
        /// The run's folder.
        run: PathBuf,
        /// The new file; it must not exist yet. Default: RUN/CHECKPOINT.safetensors, which replaces an earlier export.
        #[arg(long, value_name = "FILE.safetensors")]
        out: Option<PathBuf>,
        /// Which weights.
        #[arg(long, value_enum, default_value_t)]
        checkpoint: CheckpointName,
    },
}

/// `selvedge forward`.
#[derive(Debug, Args)]
pub struct ForwardArguments {
    /// The network (`selvedge model list`).
    pub model: String,
    /// A .safetensors, .pth or .pt file, or a run's folder, whose options and classes are then taken.
    #[arg(long, value_name = "WEIGHTS")]
    pub weights: PathBuf,
    /// Images [batch, 3, height, width], floating-point, normalised as the network expects them.
    #[arg(long, value_name = "X.npy")]
    pub input: PathBuf,
    /// The new file for the logits [batch, class, height, width].
    #[arg(long, value_name = "Y.npy")]
    pub out: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub network: NetworkArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
}
