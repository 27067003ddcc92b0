//! Arguments of `selvedge bench …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::arguments::device::DeviceArgument;
use crate::device::request::DeviceRequest;

/// `selvedge bench …`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// The loss of given logits and its gradient.
    #[command(after_help = "Example: selvedge bench envelope --size 512 --stock")]
    Envelope(BenchArguments),
    /// One training step.
    #[command(after_help = "Example: selvedge bench step --model unet3plus --width 16 --size 128")]
    Step {
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: BenchedNetwork,
        /// Short for --set train.recompute=true: less memory for more time.
        #[arg(long)]
        recompute: bool,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        arguments: BenchArguments,
    },
    /// A network's logits for a batch in evaluation mode, as in prediction.
    #[command(
        after_help = "Example: selvedge bench forward --model deeplabv3 --width 64 --size 512 --batch 1"
    )]
    Forward {
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: BenchedNetwork,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        arguments: BenchArguments,
    },
    /// One convolution: forward, and its gradients.
    #[command(
        after_help = "Example: selvedge bench conv --inputs 320 --outputs 320 --size 128 --stock"
    )]
    Conv(ConvArguments),
    /// One bilinear resize: forward, and its gradient.
    #[command(after_help = "Example: selvedge bench resize --factor 4 --stock")]
    Resize {
        /// The factor between output and input rows and columns.
        #[arg(long, default_value_t = 2)]
        factor: usize,
        /// Channels of the maps.
        #[arg(long, default_value_t = 64)]
        channels: usize,
        /// Input rows and columns.
        #[arg(long, default_value_t = 128, value_name = "PIXELS")]
        size: usize,
        /// Images of a batch.
        #[arg(long, default_value_t = 1)]
        batch: usize,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        measure: MeasureArguments,
    },
    /// Loading images from files into batches, without a network: images per second, and the shortest training step that never
    /// waits for a batch.
    #[command(after_help = "Example: selvedge bench data --recipe folder --data wounds --size 256")]
    Data(DataBenchArguments),
    /// The peak of a device: multiply-adds and copies per second.
    #[command(after_help = "Example: selvedge bench peak --device gpu")]
    Peak {
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        device: DeviceArgument,
        /// Prints the figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// A small training on a GPU and on the CPU: decides for `--device auto` if there is no discrete GPU.
    #[command(after_help = "Example: selvedge bench trial --device gpu")]
    Trial {
        /// The GPU.
        #[arg(
            long,
            default_value = "gpu",
            value_name = "DEVICE",
            help = "gpu, gpu:N, vulkan[:N], metal[:N], dx12[:N] or software"
        )]
        device: DeviceRequest,
        /// Prints the figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// All of these, compared with Burn's built-in operations, in one table; minutes.
    #[command(after_help = "Example: selvedge bench all --device cpu")]
    All {
        /// The device; default: the CPU, the software adapter and the first GPU, as far as they exist.
        #[arg(long, value_name = "DEVICE")]
        device: Option<DeviceRequest>,
        /// Repetitions after the first; their median is reported. A row ends after ten seconds.
        #[arg(long, default_value_t = 20)]
        repeats: usize,
        /// Sizes too small for meaningful figures, to test that it works.
        #[arg(long, hide = true)]
        tiny: bool,
        /// Prints the figures as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Everything about this machine's device in under ten minutes, with PyTorch's steps if it is there.
    #[command(after_help = "Example: selvedge bench report --out bench-report")]
    Report(MachineArguments),
}

/// How something is measured.
#[derive(Debug, Args)]
pub struct MeasureArguments {
    /// Repetitions after the first; their median is reported.
    #[arg(long, default_value_t = 20)]
    pub repeats: usize,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub device: DeviceArgument,
    /// Also measures Burn's built-in operations, in turn with ours.
    #[arg(long)]
    pub stock: bool,
    /// Prints the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which network.
#[derive(Debug, Args)]
pub struct BenchedNetwork {
    /// unet, unet3plus, deeplabv3, pvtgcascade or meritgcascade.
    #[arg(long, default_value = "unet3plus")]
    pub model: String,
    /// Channels of the first level.
    #[arg(long, default_value_t = 16)]
    pub width: usize,
}

/// The settings of the envelope, a step and a forward pass.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// Classes, background included.
    #[arg(long, default_value_t = 5)]
    pub classes: usize,
    /// Rows and columns of an image.
    #[arg(long, default_value_t = 256, value_name = "PIXELS")]
    pub size: usize,
    /// Images of a batch.
    #[arg(long, default_value_t = 4)]
    pub batch: usize,
    /// Sets a key of a recipe, whose loss and optimizer are used; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub measure: MeasureArguments,
}

/// `selvedge bench conv`.
#[derive(Debug, Args)]
pub struct ConvArguments {
    /// Rows and columns of the kernel.
    #[arg(long, default_value_t = 3)]
    pub kernel: usize,
    /// Pixels between neighbouring outputs.
    #[arg(long, default_value_t = 1)]
    pub stride: usize,
    /// Pixels between neighbouring taps of the kernel.
    #[arg(long, default_value_t = 1)]
    pub dilation: usize,
    /// Groups that the channels are divided into.
    #[arg(long, default_value_t = 1)]
    pub groups: usize,
    /// Input channels.
    #[arg(long, default_value_t = 64)]
    pub inputs: usize,
    /// Output channels.
    #[arg(long, default_value_t = 64)]
    pub outputs: usize,
    /// Input rows and columns.
    #[arg(long, default_value_t = 256, value_name = "PIXELS")]
    pub size: usize,
    /// Images of a batch.
    #[arg(long, default_value_t = 1)]
    pub batch: usize,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub measure: MeasureArguments,
}

/// `selvedge bench data`.
#[derive(Debug, Args)]
pub struct DataBenchArguments {
    /// Name of a recipe (`selvedge recipe list`), a .toml file, or a run folder.
    #[arg(long, value_name = "RECIPE", default_value = "bamsi-demo")]
    pub recipe: String,
    /// The data set's folder; default: the recipe's synthetic set, which is written first if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Rows and columns of an image; default: the recipe's.
    #[arg(long, value_name = "PIXELS")]
    pub size: Option<usize>,
    /// Images of a batch; default: the recipe's.
    #[arg(long)]
    pub batch: Option<usize>,
    /// Epochs after the first; their median is reported.
    #[arg(long, default_value_t = 5)]
    pub epochs: usize,
    /// Sets a key of the recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Prints the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// `selvedge bench report`.
#[derive(Debug, Args)]
pub struct MachineArguments {
    /// The folder for report.json, report.md and the training's run folder.
    #[arg(long, value_name = "DIR", default_value = "bench-report")]
    pub out: PathBuf,
    /// The device.
    #[arg(long, value_name = "DEVICE", default_value = "gpu")]
    pub device: DeviceRequest,
    /// A Python with PyTorch, for comparison; default: python3, and then python, if they have PyTorch for this device.
    #[arg(long, value_name = "PROGRAM")]
    pub python: Option<PathBuf>,
    /// Sizes too small for meaningful figures, to test that it works.
    #[arg(long)]
    pub tiny: bool,
}
