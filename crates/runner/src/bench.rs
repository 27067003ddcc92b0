//! `selvedge bench`: how long a piece of work takes, and beside it, in the same run, the same with burn's own operations.

use std::time::Instant;

use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use loss::{Loss, weighted_mean};
use models::{ModelConfig, Network};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::device::{self, DeviceRequest};
use crate::error::RunnerError;
use crate::memory::{forget_peak, held_bytes, peak_bytes};
use crate::panics;
use crate::predictor::read;
use crate::progress::Progress;
use crate::recipe::{OptimizerConfig, Recipe};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The loss of given logits and its gradient by them.
    Envelope,
    /// One training step: forward, loss, backward, optimizer.
    Step,
}

/// What the command line asks.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    /// What is measured.
    pub work: Work,
    /// The network of a step.
    pub model: ModelConfig,
    /// Classes, background included.
    pub classes: usize,
    /// Rows and columns of an image.
    pub size: usize,
    /// Images of a batch.
    pub batch: usize,
    /// Repetitions after the first.
    pub repeats: usize,
    /// `KEY=VALUE` of a recipe, of which the loss and the optimizer are used.
    pub overrides: Vec<String>,
    /// The device.
    pub device: DeviceRequest,
    /// The loss in burn's own operations.
    pub stock: bool,
    /// No progress bar.
    pub quiet: bool,
}

/// Seconds and bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The first repetition, with everything that is made ready once (pipelines, above all).
    pub first_s: f64,
    /// The median of the others.
    pub median_s: f64,
    /// The most memory during the others: on the CPU what the program held, on a graphics adapter what its pool took.
    pub peak_mib: f64,
    /// Envelope: the most memory beyond logits, labels and gradient, for each pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_bytes_per_pixel: Option<f64>,
}

/// The answer.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    /// `envelope` or `step`.
    pub work: &'static str,
    /// The device in words.
    pub device: String,
    /// The network of a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'static str>,
    /// Its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// `[batch, classes, rows, columns]` of the logits.
    pub shape: [usize; 4],
    /// Repetitions after the first.
    pub repeats: usize,
    /// Whether the figures are those of burn's own operations.
    pub stock: bool,
    /// The figures asked for.
    #[serde(flatten)]
    pub figures: Figures,
    /// With `--stock`: ours, measured in turn with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Figures>,
    /// Stock's median over ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_over_ours: Option<f64>,
}

/// Measures.
///
/// # Errors
///
/// A setting out of range, or the device.
pub fn bench(options: &BenchOptions) -> Result<BenchReport, RunnerError> {
    for (name, value) in [
        ("--size", options.size),
        ("--batch", options.batch),
        ("--repeats", options.repeats),
    ] {
        if value == 0 {
            return Err(RunnerError::mend(
                format!("{name}: expected at least 1, found 0"),
                "give another number",
            ));
        }
    }
    let recipe = Recipe::from_overrides(&options.overrides)?;
    let (device, description) = device::open(options.device)?;
    let ours = Loss::new(recipe.loss.clone(), options.classes)?;
    let mut sides = vec![Side::new(
        options,
        ours.clone(),
        &recipe.optimizer,
        &device,
    )?];
    if options.stock {
        let stock = ours.by_formula();
        sides.push(Side::new(options, stock, &recipe.optimizer, &device)?);
    }
    let bar = Progress::new(options.quiet).counting("measuring", options.repeats + 1);
    // In turn, so that whatever else the machine does meanwhile touches both.
    for _ in 0..=options.repeats {
        for side in &mut sides {
            side.repeat()?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut figures: Vec<Figures> = sides.iter().map(Side::figures).collect();
    let asked = figures.remove(figures.len() - 1);
    let ours = figures.pop();
    let is_step = options.work == Work::Step;
    Ok(BenchReport {
        work: if is_step { "step" } else { "envelope" },
        device: description.to_string(),
        model: is_step.then(|| options.model.name.as_str()),
        width: is_step.then_some(options.model.width),
        shape: [options.batch, options.classes, options.size, options.size],
        repeats: options.repeats,
        stock: options.stock,
        stock_over_ours: ours.as_ref().map(|ours| asked.median_s / ours.median_s),
        figures: asked,
        ours,
    })
}

/// One of the ways to do the work, and what has been measured of it.
struct Side {
    loss: Loss,
    device: Device,
    labels: Tensor<3, Int>,
    /// Logits of the envelope, images of a step.
    input: Tensor<4>,
    network: Option<(Network, ModuleOptimizer)>,
    seconds: Vec<f64>,
    peak: u64,
    extra: u64,
    /// One number of the last repetition's gradient.
    witness: Option<Tensor<4>>,
}

impl Side {
    fn new(
        options: &BenchOptions,
        loss: Loss,
        optimizer: &OptimizerConfig,
        device: &Device,
    ) -> Result<Self, RunnerError> {
        let device = device.clone().autodiff();
        let (batch, size) = (options.batch, options.size);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let network = match options.work {
            Work::Envelope => None,
            Work::Step => {
                options.model.validate(options.classes)?;
                options.model.check_size(size, size)?;
                let network = Network::new(&options.model, options.classes, 1, &device)?;
                Some((network, optimizer.build()))
            }
        };
        let channels = if network.is_some() {
            3
        } else {
            options.classes
        };
        let shape = [batch, channels, size, size];
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| random.random_range(-4.0..4.0))
            .collect();
        // Mostly background, and the other classes in stripes.
        let classes = options.classes as i32;
        let label = |pixel: usize| (pixel / 7 % (3 * options.classes)) as i32 % classes;
        let labels: Vec<i32> = (0..batch * size * size)
            .map(|pixel| {
                if pixel % size < size / 2 {
                    0
                } else {
                    label(pixel)
                }
            })
            .collect();
        let input = Tensor::from_data(TensorData::new(values, shape), (&device, DType::F32));
        Ok(Self {
            loss,
            labels: Tensor::from_data(
                TensorData::new(labels, [batch, size, size]),
                (&device, DType::I32),
            ),
            input: if network.is_some() {
                input
            } else {
                input.require_grad()
            },
            device,
            network,
            seconds: Vec::new(),
            peak: 0,
            extra: 0,
            witness: None,
        })
    }

    fn repeat(&mut self) -> Result<(), RunnerError> {
        self.sync()?;
        forget_peak();
        let before = self.bytes();
        let start = Instant::now();
        let gradient_bytes = match self.network.take() {
            None => self.envelope(before)?,
            Some((network, optimizer)) => {
                self.network = Some(self.step(network, optimizer)?);
                0
            }
        };
        self.sync()?;
        let seconds = start.elapsed().as_secs_f64();
        // A kernel that was refused shows when its output is read, and not before.
        if let Some(witness) = self.witness.take() {
            read(witness)?;
        }
        panics::check()?;
        let first = self.seconds.is_empty();
        self.seconds.push(seconds);
        if !first {
            // A device's pool never shrinks meanwhile; what it holds between the passes was asked in between.
            let pool = self.device.memory_pool_usage();
            let peak = pool.as_ref().map(|usage| usage.bytes_reserved);
            self.peak = self.peak.max(peak.unwrap_or(peak_bytes() as u64));
            if pool.is_none() {
                let extra = (peak_bytes() as u64).saturating_sub(before + gradient_bytes);
                self.extra = self.extra.max(extra);
            }
        }
        Ok(())
    }

    /// Forward and backward; gives the gradient's bytes.
    fn envelope(&mut self, before: u64) -> Result<u64, RunnerError> {
        let losses = self
            .loss
            .image_losses(std::slice::from_ref(&self.input), self.labels.clone());
        // What a device's pool holds between the passes is what is kept for the gradient.
        if let Some(usage) = self.device.memory_pool_usage()
            && !self.seconds.is_empty()
        {
            self.extra = self.extra.max(usage.bytes_in_use.saturating_sub(before));
        }
        let weights = losses.loss.clone().inner().ones_like();
        let total = weighted_mean(losses.loss, Tensor::from_inner(weights));
        let gradient = self.input.grad(&total.backward());
        let gradient = gradient.ok_or_else(|| {
            RunnerError::failed(
                "no gradient reached the logits",
                "this is a fault of the program: please report it",
            )
        })?;
        let bytes = 4 * gradient.shape().num_elements() as u64;
        self.witness = Some(gradient.slice([0..1, 0..1, 0..1, 0..1]));
        Ok(bytes)
    }

    fn step(
        &self,
        network: Network,
        mut optimizer: ModuleOptimizer,
    ) -> Result<(Network, ModuleOptimizer), RunnerError> {
        let outputs = network.forward(self.input.clone());
        let losses = self.loss.image_losses(&outputs.logits, self.labels.clone());
        let weights = losses.loss.clone().inner().ones_like();
        let total = weighted_mean(losses.loss, Tensor::from_inner(weights));
        let value = total.clone().inner();
        let gradients = GradientsParams::from_grads(total.backward(), &network);
        let network = optimizer.step(1e-4, network, gradients);
        read(value)?;
        Ok((network, optimizer))
    }

    fn sync(&self) -> Result<(), RunnerError> {
        self.device.sync().map_err(|error| {
            RunnerError::failed(
                format!("the device could not answer: {error}"),
                "try a smaller batch or size, or `--device cpu`",
            )
        })
    }

    fn bytes(&self) -> u64 {
        let usage = self.device.memory_pool_usage();
        usage.map_or(held_bytes() as u64, |usage| usage.bytes_in_use)
    }

    fn figures(&self) -> Figures {
        let mut others = self.seconds[1..].to_vec();
        others.sort_by(f64::total_cmp);
        let [batch, height, width] = self.labels.dims();
        let pixels = (batch * height * width) as f64;
        Figures {
            first_s: self.seconds[0],
            median_s: others[others.len() / 2],
            peak_mib: self.peak as f64 / f64::from(1 << 20),
            extra_bytes_per_pixel: self.network.is_none().then(|| self.extra as f64 / pixels),
        }
    }
}

/// The figures in words.
pub(crate) fn words(report: &BenchReport) -> String {
    let shape = report.shape.map(|side| side.to_string()).join("×");
    let what = match (report.model, report.width) {
        (Some(model), Some(width)) => format!("one step of {model} of width {width}"),
        _ => "the envelope, forward and backward".into(),
    };
    let mut text = format!("{what}, {shape}, on {}\n", report.device);
    let line = |name: &str, figures: &Figures| {
        let extra = figures
            .extra_bytes_per_pixel
            .map_or(String::new(), |bytes| {
                format!(", {bytes:.1} bytes a pixel beside logits, labels and gradient")
            });
        format!(
            "  {name:<6} {:>9.2} ms (median of {}; the first {:.0} ms), at most {:.0} MiB{extra}\n",
            1e3 * figures.median_s,
            report.repeats,
            1e3 * figures.first_s,
            figures.peak_mib
        )
    };
    if let Some(ours) = &report.ours {
        text += &line("ours", ours);
    }
    text += &line(if report.stock { "stock" } else { "ours" }, &report.figures);
    if let Some(ratio) = report.stock_over_ours {
        text += &format!("  {ratio:.1} times as fast\n");
    }
    text
}
