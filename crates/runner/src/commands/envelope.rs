//! `selvedge envelope`: the loss on arrays that any program has written.

use std::path::PathBuf;

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use clap::Args;
use loss::{Examination, Loss, LossConfig, LossError, LossStore, batch_loss, image_weights};
use serde::Serialize;

use crate::arguments::device::DeviceArgument;
use crate::device::readback::read;
use crate::device::{self, panics};
use crate::error::RunnerError;
use crate::files::arrays::{Archive, Array, open_floats, open_whole_numbers};
use crate::files::output::refuse_taken;
use crate::recipe::Recipe;
use crate::terminal::printing::print_result;

/// Most losses of a store.
const MOST_LOSSES: usize = 10_000_000;

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
    /// The last known loss of every training image, starting with those of the batch; without it, the batch is the whole set.
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
    /// The file for the pixels' losses.
    #[arg(
        long,
        value_name = "FILE.npz",
        help = "Writes pixel_loss, kept and gradient here, into a new file"
    )]
    pub out: Option<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &EnvelopeArguments) -> Result<(), RunnerError> {
    let found = envelope(arguments)?;
    print_result(arguments.json, &found, || report_text(&found))
}

/// The result.
#[derive(Clone, Debug, Serialize)]
struct EnvelopeReport {
    /// (1/|batch|) Σ B·L / B̄.
    loss: f64,
    /// L of every image.
    image_loss: Vec<f64>,
    /// B of every image.
    image_weight: Vec<f64>,
    /// Pixels of every image that the pixel rule keeps.
    kept: Vec<usize>,
    /// Pixels of every image that are not ignored.
    valid: Vec<usize>,
}

/// Computes the loss of the batch; writes `pixel_loss`, `kept` and `gradient` to an `.npz` file if there is an `out`.
///
/// # Errors
///
/// An invalid array, or one that does not fit the other; a setting out of range; a label that is not a class; an image whose loss
/// is not finite; an error of the device or the disk.
fn envelope(arguments: &EnvelopeArguments) -> Result<EnvelopeReport, RunnerError> {
    arguments.out.as_deref().map_or(Ok(()), refuse_taken)?;
    let logits = open_floats(&arguments.logits, 4)?;
    let labels = open_whole_numbers(&arguments.labels, 3)?;
    let [batch, classes, height, width] = logits.shape[..] else {
        unreachable!("opened with four dimensions");
    };
    if labels.shape != [batch, height, width] || logits.shape.contains(&0) {
        return Err(RunnerError::mismatch(
            format!(
                "labels [batch, height, width] of the logits {:?} of {}",
                logits.shape,
                arguments.logits.display()
            ),
            format!("{:?}", labels.shape),
            "the two arrays must be of the same images, at least one, at the same size",
        )
        .at(arguments.labels.display()));
    }
    let config = settings(&arguments.overrides)?;
    let loss = Loss::new(config.clone(), classes)?;
    let (labels, logits) = (labels.read()?, logits.read()?);
    check_labels(arguments, &labels, classes, config.ignore)?;
    let (device, description) = device::open(arguments.device.device)?;
    let bytes = 4 * logits.values.len() as u64;
    if let Some(limit) = description.max_binding_bytes.filter(|&limit| bytes > limit) {
        return Err(RunnerError::fixable(
            format!(
                "the logits take {bytes} bytes, expected at most {limit}, the most that {} binds",
                description.name
            ),
            "give fewer images at a time, or use `--device cpu`",
        )
        .at(arguments.logits.display()));
    }

    let logits = upload(logits, &device).require_grad();
    let labels = TensorData::new(labels.values, [batch, height, width]);
    let labels = Tensor::<3, Int>::from_data(labels, (&device.autodiff(), DType::I32));
    let found = loss.examine(logits.clone(), labels)?;
    let image_loss = read(found.losses.loss.clone().inner())?;
    let counts = |pixels: Tensor<2>| -> Result<Vec<usize>, RunnerError> {
        let counts = read(pixels.sum_dim(1))?;
        Ok(counts.into_iter().map(|count| count as usize).collect())
    };
    let kept = counts(found.losses.kept.clone())?;
    let valid = counts(found.losses.valid.clone())?;
    for image in (0..batch).filter(|&image| valid[image] == 0) {
        tracing::warn!("image {image}: every pixel is ignored; it contributes nothing");
    }

    let mut store = read_store(arguments, batch)?;
    for (image, &loss) in image_loss.iter().enumerate() {
        store.insert(image, loss).map_err(|error| {
            RunnerError::mismatch(
                "a finite loss",
                loss.to_string(),
                "look for logits of that image that are infinite or not numbers",
            )
            .at(format!("{}: image {image}", arguments.logits.display()))
            .caused_by(error)
        })?;
    }
    let images: Vec<usize> = (0..batch).collect();
    let epoch = arguments.epoch.unwrap_or(arguments.epochs) as usize;
    let weights = image_weights(&store, &images, &config, epoch, arguments.epochs as usize);
    let total = batch_loss(found.losses.loss.clone(), &weights);
    let value = read(total.clone().inner())?[0];
    if let Some(path) = &arguments.out {
        let gradient = logits.grad(&total.backward());
        let gradient =
            gradient.ok_or_else(|| RunnerError::bug("no gradient reached the logits"))?;
        write(
            path,
            &found,
            &read(gradient)?,
            [batch, classes, height, width],
        )?;
    }
    panics::check()?;
    Ok(EnvelopeReport {
        loss: f64::from(value),
        image_loss: image_loss.into_iter().map(f64::from).collect(),
        image_weight: weights.weight,
        kept,
        valid,
    })
}

/// The default loss with `KEY=VALUE` overrides of its section; `loss.KEY=VALUE` means the same.
fn settings(overrides: &[String]) -> Result<LossConfig, RunnerError> {
    let overrides: Vec<String> = overrides
        .iter()
        .map(|item| {
            if item.trim_start().starts_with("loss.") {
                item.clone()
            } else {
                format!("loss.{}", item.trim_start())
            }
        })
        .collect();
    Ok(Recipe::from_overrides(&overrides)?.loss)
}

fn check_labels(
    arguments: &EnvelopeArguments,
    labels: &Array<i32>,
    classes: usize,
    ignore: i32,
) -> Result<(), RunnerError> {
    let wrong =
        |label: i32| label != ignore && !usize::try_from(label).is_ok_and(|class| class < classes);
    let Some(place) = labels.values.iter().position(|&label| wrong(label)) else {
        return Ok(());
    };
    let [height, width] = [labels.shape[1], labels.shape[2]];
    Err(RunnerError::mismatch(
        format!("a class from 0 to {} or {ignore} (ignored)", classes - 1),
        labels.values[place].to_string(),
        "correct the label, or name the ignored one with `--set ignore=…`",
    )
    .at(format!(
        "{}: image {}, row {}, column {}",
        arguments.labels.display(),
        place / (height * width),
        place / width % height,
        place % width
    )))
}

fn upload(array: Array<f32>, device: &Device) -> Tensor<4> {
    let data = TensorData::new(array.values, array.shape);
    Tensor::from_data(data, (&device.clone().autodiff(), DType::F32))
}

fn read_store(arguments: &EnvelopeArguments, batch: usize) -> Result<LossStore, RunnerError> {
    let Some(path) = &arguments.store else {
        return Ok(LossStore::new(batch));
    };
    let losses = open_floats(path, 1)?;
    if losses.shape[0] > MOST_LOSSES {
        return Err(RunnerError::mismatch(
            format!("at most {MOST_LOSSES} losses"),
            losses.shape[0].to_string(),
            "the store has one loss for every training image",
        )
        .at(path.display()));
    }
    let losses = losses.read()?.values;
    if losses.len() < batch {
        return Err(RunnerError::mismatch(
            format!("a loss for each of at least {batch} images"),
            losses.len().to_string(),
            "the batch's images are the first of the store",
        )
        .at(path.display()));
    }
    LossStore::from_vec(losses).map_err(|error: LossError| {
        RunnerError::mismatch(
            error.expected(),
            error.found(),
            "losses are finite numbers, or NaN for an image that has none yet",
        )
        .at(format!("{}: {}", path.display(), error.place()))
        .caused_by(error)
    })
}

fn write(
    path: &std::path::Path,
    found: &Examination,
    gradient: &[f32],
    [batch, classes, height, width]: [usize; 4],
) -> Result<(), RunnerError> {
    let mut archive = Archive::new();
    let pixels = [batch, height, width];
    let fill = |archive: &mut Archive| {
        archive.add("pixel_loss", found.pixel_losses.iter().copied(), &pixels)?;
        archive.add("kept", found.kept.iter().copied(), &pixels)?;
        let gradient = gradient.iter().copied();
        archive.add("gradient", gradient, &[batch, classes, height, width])
    };
    fill(&mut archive).map_err(|error| RunnerError::unwritable(path, error))?;
    archive.write(path)
}

/// The envelope of a batch, image by image, as text.
fn report_text(report: &EnvelopeReport) -> String {
    let mut text = String::from("image        loss   weight   pixels kept\n");
    for (image, loss) in report.image_loss.iter().enumerate() {
        text += &format!(
            "{image:>5}  {loss:>10.6}   {:>6.4}   {} of {}\n",
            report.image_weight[image], report.kept[image], report.valid[image]
        );
    }
    text + &format!("batch loss {}\n", report.loss)
}
