//! `selvedge model …`: descriptions of networks.

use burn::tensor::{Device, Tensor};
use clap::Subcommand;
use models::{Layer, ModelConfig, Network, NetworkName};
use serde::Serialize;

use crate::arguments::network::{NetworkArguments, config_of};
use crate::device::memory::held_bytes;
use crate::error::RunnerError;
use crate::terminal::printing::{print_result, print_text};

/// `selvedge model …`.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Names and parameters at published size.
    #[command(after_help = "Example: selvedge model list")]
    List,
    /// A network's parameters, and the cost of an image.
    #[command(after_help = "Example: selvedge model show unet --classes 5 --size 256")]
    Show {
        /// unet, unet3plus, deeplabv3, pvtgcascade or meritgcascade.
        name: String,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: NetworkArguments,
        /// Also the cost of one image of this many rows and columns: multiply-adds, and memory for the gradients (measured on
        /// the CPU; seconds).
        #[arg(long, value_name = "PIXELS")]
        size: Option<usize>,
        /// With --size: adds up layers that share this many parts of their names; 0 lists each layer.
        #[arg(long, default_value_t = 3)]
        depth: usize,
        /// Prints as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(command: &ModelCommand) -> Result<(), RunnerError> {
    match command {
        ModelCommand::List => {
            for name in NetworkName::ALL {
                let config = ModelConfig {
                    name,
                    ..ModelConfig::default()
                };
                let described = describe(&config, 6, None)?;
                print_text(&format!(
                    "{:<13} {:>11} parameters with 6 classes\n",
                    described.model.name.as_str(),
                    described.parameters
                ))?;
            }
            Ok(())
        }
        ModelCommand::Show {
            name,
            network,
            size,
            depth,
            json,
        } => {
            let config = config_of(name, network)?;
            let described = describe(&config, network.classes, *size)?;
            print_result(*json, &described, || description_text(&described, *depth))
        }
    }
}

/// Rows and columns of the largest image.
const LARGEST: usize = 8192;

/// A network in numbers.
#[derive(Serialize)]
struct Description {
    #[serde(flatten)]
    model: ModelConfig,
    classes: usize,
    /// Number of trainable parameters.
    parameters: usize,
    #[serde(flatten)]
    at_size: Option<AtSize>,
}

/// The cost of one image.
#[derive(Serialize)]
struct AtSize {
    /// Rows and columns of the image.
    size: usize,
    /// Multiply-adds of convolutions, linear layers and products of maps in the forward pass.
    multiply_adds: u64,
    /// Every layer with its cost and output.
    layers: Vec<Layer>,
    /// Bytes that the forward pass keeps for the backward pass.
    activation_bytes: u64,
    /// The same with `train.recompute`.
    activation_bytes_recomputing: u64,
}

fn describe(
    config: &ModelConfig,
    classes: usize,
    size: Option<usize>,
) -> Result<Description, RunnerError> {
    if let Some(size) = size {
        if size > LARGEST {
            return Err(RunnerError::fixable(
                format!("expected at most {LARGEST}"),
                "the layers are recorded while such an image passes through the network, in memory",
            )
            .at(format!("--size {size}")));
        }
        config.check_size(size, size)?;
    }
    let network = Network::new(config, classes, 1, &Device::flex())?;
    let at_size = |size: usize| -> Result<AtSize, RunnerError> {
        let keeps = Device::flex().autodiff();
        let recomputes = keeps.clone().gradient_checkpointing();
        let layers = network.layers(Tensor::zeros([1, 3, size, size], &Device::flex()));
        Ok(AtSize {
            size,
            multiply_adds: layers.iter().map(|layer| layer.multiply_adds).sum(),
            layers,
            activation_bytes: kept_bytes(config, classes, size, &keeps)?,
            activation_bytes_recomputing: kept_bytes(config, classes, size, &recomputes)?,
        })
    };
    Ok(Description {
        model: config.clone(),
        classes,
        parameters: network.parameters(),
        at_size: size.map(at_size).transpose()?,
    })
}

/// Measures the bytes that one forward pass on one image keeps.
fn kept_bytes(
    config: &ModelConfig,
    classes: usize,
    size: usize,
    device: &Device,
) -> Result<u64, RunnerError> {
    let network = Network::new(config, classes, 1, device)?;
    let image = Tensor::zeros([1, 3, size, size], device);
    // One thread: the first pass then allocates all work space of threads, and only the second one is measured.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| {
        RunnerError::failed(
            format!("a thread could not be started: {error}"),
            "close other programs and try again",
        )
        .caused_by(error)
    })?;
    Ok(pool.install(|| {
        drop(network.forward(image.clone()));
        let before = held_bytes();
        let outputs = network.forward(image);
        let kept = held_bytes().saturating_sub(before);
        drop(outputs);
        kept as u64
    }))
}

fn description_text(described: &Description, depth: usize) -> String {
    let mut text = format!(
        "{}, width {}, {} classes: {} parameters\n",
        described.model.name.as_str(),
        described.model.width,
        described.classes,
        described.parameters
    );
    if let Some(cost) = &described.at_size {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        text += &table(&cost.layers, depth);
        text += &format!(
            "one image of {0}×{0}: {1:.2}·10⁹ multiply-adds forward; {2:.1} MiB of maps kept for the gradients, {3:.1} MiB with train.recompute=true\n",
            cost.size,
            cost.multiply_adds as f64 / 1e9,
            mib(cost.activation_bytes),
            mib(cost.activation_bytes_recomputing)
        );
    }
    text
}

/// The layers as a table. Layers that share `depth` parts of their names, after the network's, are added up; 0 lists each layer.
fn table(layers: &[Layer], depth: usize) -> String {
    let mut groups: Vec<(String, Layer)> = Vec::new();
    for layer in layers {
        let inner = layer.name.split('.').skip(1);
        let name: Vec<&str> = match depth {
            0 => inner.collect(),
            depth => inner.take(depth).collect(),
        };
        let name = name.join(".");
        match groups.last_mut() {
            Some((last, group)) if depth > 0 && *last == name => {
                group.parameters += layer.parameters;
                group.multiply_adds += layer.multiply_adds;
                group.output = layer.output.or(group.output);
                group.operation = String::new();
                group.times = 0;
            }
            _ => groups.push((name, layer.clone())),
        }
    }
    let widest = groups.iter().map(|(name, _)| name.len()).max();
    let widest = widest.unwrap_or_default().max("layer".len());
    let mut text = format!(
        "{:<widest$}  {:>11}  {:>15}  {:<16}  what\n",
        "layer", "parameters", "multiply-adds", "output"
    );
    for (name, layer) in groups {
        let output = layer
            .output
            .map_or(String::new(), |[_, c, h, w]| format!("{c}×{h}×{w}"));
        let times = match layer.times {
            0 | 1 => String::new(),
            times => format!(", {times} times"),
        };
        let line = format!(
            "{name:<widest$}  {:>11}  {:>15}  {output:<16}  {}{times}",
            layer.parameters, layer.multiply_adds, layer.operation
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}
