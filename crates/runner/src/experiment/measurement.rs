//! Measures what a training of an experiment takes: a short one of a few images, by the same program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};
use std::{env, fs};

use data::Dataset;
use serde::Deserialize;

use crate::dataset::data_root::data_root;
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::data_checks::{Counts, counts};
use crate::files::disk::write_whole;
use crate::recipe::Recipe;
use crate::run_folder::folder::{BEST, LAST, SUMMARY};
use crate::terminal::progress::Progress;
use crate::text::shell::quoted;

/// Epochs of the short training; the first one warms up, the last one validates.
const EPOCHS: usize = 4;
/// Batches of its epochs.
const BATCHES: usize = 3;

/// What parts of a training take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Seconds of a step.
    pub(crate) step: f64,
    /// Seconds of the validation of an image.
    pub(crate) validation: f64,
    /// Seconds of the evaluation of a test image, with its files.
    pub(crate) evaluation: f64,
    /// Seconds until the first step.
    pub(crate) start: f64,
    /// Bytes of the checkpoints.
    pub(crate) checkpoints: u64,
    /// Bytes of a test image's predictions.
    pub(crate) prediction: u64,
}

impl Cost {
    /// Seconds of a training by this recipe on this many images.
    pub(crate) fn seconds(&self, recipe: &Recipe, images: Counts) -> f64 {
        let train = &recipe.train;
        let steps = images.train.div_ceil(train.batch_size) as f64;
        let validations = train.epochs.div_ceil(train.evaluate_every) as f64;
        self.start
            + train.epochs as f64 * steps * self.step
            + validations * images.validation as f64 * self.validation
            + images.test as f64 * self.evaluation
    }

    /// Bytes of its run folder when it is finished.
    pub(crate) fn bytes(&self, images: Counts) -> u64 {
        self.checkpoints + images.test as u64 * self.prediction
    }
}

/// What the cost of a training depends on: everything but the seed, its length, and the rules that choose images and pixels.
pub(crate) fn kind(recipe: &Recipe) -> Result<String, RunnerError> {
    let mut same = recipe.clone();
    same.name = String::new();
    same.train.seed = 0;
    same.train.epochs = 1;
    if let Some(synthetic) = &mut same.data.synthetic {
        synthetic.noise = 0.0;
        synthetic.gross = 0.0;
        synthetic.seed = 0;
    }
    same.loss = loss::LossConfig {
        name: recipe.loss.name,
        ..loss::LossConfig::default()
    };
    same.to_toml()
}

/// The data folder of a recipe; a synthetic set is written if it does not exist.
pub(crate) fn root_of(
    recipe: &Recipe,
    data: Option<&Path>,
    quiet: bool,
) -> Result<PathBuf, RunnerError> {
    data_root(recipe, data, Progress::new(quiet))
}

#[derive(Deserialize)]
struct Timing {
    seconds: f64,
}

/// Measures a recipe on data in `root`.
///
/// # Errors
///
/// The short training failed; its error.
pub(crate) fn measure(
    recipe: &Recipe,
    root: &Path,
    device: DeviceRequest,
) -> Result<Cost, RunnerError> {
    let scratch = Scratch::new()?;
    let mut short = recipe.clone();
    short.data.options.overfit = images_of(recipe, root)?;
    short.train.epochs = EPOCHS;
    short.train.evaluate_every = EPOCHS;
    short.train.checkpoint_every = EPOCHS;
    let images = counts(&short, root)?;
    let file = scratch.0.join("short.toml");
    write_whole(&file, short.to_toml()?.as_bytes())?;
    let run = scratch.0.join("run");
    let program = env::current_exe().map_err(RunnerError::bug)?;
    let clock = SystemTime::now();
    let begin = Instant::now();
    let output = Command::new(program)
        .args(["train", "--quiet", "--color", "never"])
        .arg(&file)
        .arg("--data")
        .arg(root)
        .arg("--out")
        .arg(&run)
        .args(["--device", &device.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| RunnerError::failed(format!("a measurement: {error}"), "try again"))?;
    let whole = begin.elapsed().as_secs_f64();
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let error = text.lines().find_map(|line| line.strip_prefix("error: "));
        return Err(RunnerError::failed(
            format!(
                "{}: a short training to measure the time failed: {}",
                recipe.name,
                error.map_or_else(|| output.status.to_string(), str::to_string)
            ),
            "correct the grid or the data; `--unmeasured` plans without hours and disk",
        ));
    }
    let text = fs::read_to_string(run.join("timings.jsonl")).map_err(RunnerError::bug)?;
    let epochs: Vec<f64> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Timing>(line).ok())
        .map(|timing| timing.seconds)
        .collect();
    let [first, middle @ .., last] = &epochs[..] else {
        return Err(RunnerError::failed(
            format!(
                "{}: expected times of {EPOCHS} epochs, found none",
                quoted(&run)
            ),
            crate::error::FAULT,
        ));
    };
    let epoch = middle.iter().copied().fold(f64::INFINITY, f64::min);
    let steps = images.train.div_ceil(short.train.batch_size) as f64;
    let saved = modified(&run.join(LAST).join("checkpoint.toml"));
    let evaluated = modified(&run.join(SUMMARY));
    let evaluation = match (saved, evaluated) {
        (Some(saved), Some(evaluated)) => evaluated.duration_since(saved).unwrap_or_default(),
        _ => clock.elapsed().unwrap_or_default(),
    };
    let evaluation = evaluation.as_secs_f64();
    Ok(Cost {
        step: epoch / steps,
        validation: ((last - epoch) / images.validation as f64).max(0.0),
        evaluation: evaluation / images.test as f64,
        // The first epoch waits for what is built on first use.
        start: (whole - epochs.iter().sum::<f64>() - evaluation).max(0.0)
            + (first - epoch).max(0.0),
        checkpoints: size(&run.join(BEST)) + size(&run.join(LAST)),
        prediction: size(&run.join("predictions")) / images.test.max(1) as u64,
    })
}

/// Cases of the short training: enough for a few batches, and never more than there are.
fn images_of(recipe: &Recipe, root: &Path) -> Result<usize, RunnerError> {
    let dataset = Dataset::open(root, &recipe.data.options)?;
    let cases = dataset.cases(data::Split::Train).len();
    let images = dataset.image_count(data::Split::Train)?;
    let wanted = BATCHES * recipe.train.batch_size;
    Ok((wanted * cases)
        .div_ceil(images.max(1))
        .clamp(1, cases.max(1)))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// Bytes of the files in a folder.
fn size(folder: &Path) -> u64 {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.metadata().ok())
        .map(|about| about.len())
        .sum()
}

/// A folder that is removed when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, RunnerError> {
        let path = env::temp_dir().join(format!("selvedge-measurement-{}", std::process::id()));
        let made = fs::create_dir(&path);
        made.map_err(|error| RunnerError::unwritable(&path, error))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
