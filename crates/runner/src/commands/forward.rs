//! `selvedge forward`: a network on arrays that any program has written.

use std::path::PathBuf;

use burn::tensor::{Tensor, TensorData};
use clap::Args;
use models::Network;
use models::weights::{WeightsFile, load};

use crate::arguments::device::DeviceArgument;
use crate::arguments::network::{NetworkArguments, config_of};
use crate::device::fit::check_fit;
use crate::device::readback::read;
use crate::device::{self, panics};
use crate::error::RunnerError;
use crate::files::arrays::{open_floats, write_floats};
use crate::files::output::refuse_taken;
use crate::prediction::predictor::gated;
use crate::run_folder::folder::BEST;
use crate::run_folder::trained_run::TrainedRun;

/// `selvedge forward`.
#[derive(Debug, Args)]
pub struct ForwardArguments {
    /// The network (`selvedge model list`).
    pub model: String,
    /// A .safetensors, .pth or .pt file, or a run's folder, whose options and classes then apply.
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

pub(crate) fn run(arguments: &ForwardArguments) -> Result<(), RunnerError> {
    let shape = forward(arguments)?;
    tracing::info!("logits {shape:?} in {}", arguments.out.display());
    Ok(())
}

/// Writes the logits `[batch, class, height, width]` of the predicting head, in evaluation mode, and returns their shape.
///
/// # Errors
///
/// An invalid array, images that the network does not accept, or weights that do not fit; an error of the device or the disk.
fn forward(arguments: &ForwardArguments) -> Result<[usize; 4], RunnerError> {
    let model = config_of(&arguments.model, &arguments.network)?;
    refuse_taken(&arguments.out)?;
    let images = open_floats(&arguments.input, 4)?;
    let [batch, channels, height, width] = images.shape[..] else {
        unreachable!("opened with four dimensions");
    };
    if channels != 3 || images.shape.contains(&0) {
        return Err(RunnerError::mismatch(
            "images [batch, 3, height, width], at least one",
            format!("{:?}", images.shape),
            "repeat a grey image three times",
        )
        .at(arguments.input.display()));
    }
    let (device, description) = device::open(arguments.device.device)?;
    let (network, config, classes) = if arguments.weights.is_dir() {
        let run = TrainedRun::open(&arguments.weights)?;
        let network = run.network(BEST, &device)?;
        if run.recipe.model.name != model.name {
            return Err(RunnerError::mismatch(
                format!("a run of {}", model.name.as_str()),
                format!("one of {}", run.recipe.model.name.as_str()),
                "name the network that was trained",
            )
            .at(arguments.weights.display()));
        }
        (network, run.recipe.model, run.classes.len())
    } else {
        let network = Network::new(&model, arguments.network.classes, 1, &device)?;
        let file = WeightsFile::open(&arguments.weights)?;
        let (network, _) = load(network, &file, true)?;
        (network, model, arguments.network.classes)
    };
    config.check_size(height, width)?;
    check_fit(&description, &config, classes, 1, [height, width])?;

    let images = images.read()?;
    // One image after the other: in evaluation mode they are independent.
    let mut logits = Vec::with_capacity(batch * classes * height * width);
    for image in images.values.chunks(3 * height * width) {
        let image = TensorData::new(image.to_vec(), [1, 3, height, width]);
        let found = gated(network.forward(Tensor::from_data(image, &device)));
        logits.extend(read(found)?);
        panics::check()?;
    }
    let shape = [batch, classes, height, width];
    write_floats(&arguments.out, &shape, logits)?;
    Ok(shape)
}
