//! The way of images from files to batches, without a network and without a device.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use data::{BatchOptions, BatchSource, DataError, Dataset, Split, counted};
use serde::Serialize;

use super::at_least_one;
use crate::data_root::data_root;
use crate::error::RunnerError;
use crate::progress::Progress;
use crate::recipe::Recipe;

/// What the command line asks.
#[derive(Clone, Debug)]
pub(crate) struct DataBenchOptions {
    pub(crate) recipe: Recipe,
    pub(crate) data: Option<PathBuf>,
    /// Epochs after the first.
    pub(crate) epochs: usize,
    pub(crate) quiet: bool,
}

/// How fast the training images of a recipe come.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DataBenchReport {
    work: &'static str,
    recipe: String,
    /// Training images.
    images: usize,
    /// Rows and columns of an image.
    size: [usize; 2],
    /// Rows and columns that crops are cut from, or the same.
    read_at: [usize; 2],
    batch: usize,
    /// Threads that make batches.
    workers: usize,
    /// Cores.
    threads: usize,
    /// Repetitions after the first, of which the median is told.
    epochs: usize,
    /// Images read and resized a second, on all cores: what comes before the first epoch.
    read_images_per_s: f64,
    /// Epochs of images that are kept in memory.
    kept: Figures,
    /// Epochs of images that are read anew.
    read_anew: Figures,
}

/// How fast batches come.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "they end in their unit")]
struct Figures {
    images_per_s: f64,
    /// Seconds from asking for an epoch to its first batch.
    first_batch_s: f64,
    /// Seconds that a training step must take at least so that the next batch is always there.
    shortest_step_s: f64,
}

/// Measures the training images of a recipe: read once, then as batches from memory, then as batches from files. Whether the
/// operating system has the files in its memory is left as it is.
///
/// # Errors
///
/// A setting out of range, an image that cannot be read, or, for a synthetic set, the disk.
pub(crate) fn bench_data(options: &DataBenchOptions) -> Result<DataBenchReport, RunnerError> {
    at_least_one("--epochs", options.epochs)?;
    let recipe = &options.recipe;
    recipe.validate()?;
    let progress = Progress::new(options.quiet);
    let root = data_root(recipe, options.data.as_deref(), progress)?;
    let dataset = Dataset::open_split(&root, &recipe.data.options, Split::Train)?;
    let images = dataset.cases(Split::Train).len();
    let batch_options = BatchOptions {
        cache_bytes: usize::MAX,
        ..recipe.batch_options(Split::Train)
    };

    let start = Instant::now();
    let bar = progress.counting("reading", images);
    let kept = BatchSource::new(&dataset, Split::Train, batch_options.clone(), &|done| {
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let reading = start.elapsed();
    let read_anew = BatchSource::unread(&dataset, Split::Train, batch_options)?;

    let bar = progress.counting("measuring", 2 * (options.epochs + 1));
    let batch = recipe.train.batch_size;
    let measure = |source: &BatchSource| figures(source, batch, options.epochs, &|| bar.inc(1));
    let report = DataBenchReport {
        work: "data",
        recipe: recipe.name.clone(),
        images,
        size: recipe.data.size,
        read_at: recipe.whole_size(),
        batch,
        workers: recipe.train.workers,
        threads: rayon::current_num_threads(),
        epochs: options.epochs,
        read_images_per_s: images as f64 / reading.as_secs_f64(),
        kept: measure(&kept)?,
        read_anew: measure(&read_anew)?,
    };
    bar.finish_and_clear();
    Ok(report)
}

/// Takes the batches of one epoch after another as fast as they come.
fn figures(
    source: &BatchSource,
    batch: usize,
    epochs: usize,
    done: &dyn Fn(),
) -> Result<Figures, DataError> {
    let (mut whole, mut first) = (Vec::new(), Vec::new());
    for epoch in 1..=epochs + 1 {
        let start = Instant::now();
        for (number, batch) in source.epoch(epoch, 0).enumerate() {
            batch?;
            if number == 0 {
                first.push(start.elapsed());
            }
        }
        whole.push(start.elapsed());
        done();
    }
    let images_per_s = source.len() as f64 / median(&whole[1..]);
    Ok(Figures {
        images_per_s,
        first_batch_s: median(&first[1..]),
        shortest_step_s: batch as f64 / images_per_s,
    })
}

/// Of at least one time, in seconds.
fn median(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// The figures in words.
pub(crate) fn data_words(report: &DataBenchReport) -> String {
    let [height, width] = report.size;
    let mut text = format!(
        "{} of {}, at {height}×{width} in batches of {}; {}, {}; median of {} after the first\n",
        counted(report.images, "training image"),
        report.recipe,
        report.batch,
        counted(report.workers, "worker"),
        counted(report.threads, "thread"),
        counted(report.epochs, "epoch")
    );
    if report.read_at != report.size {
        let [height, width] = report.read_at;
        text += &format!("crops of images of {height}×{width}\n");
    }
    text += &format!(
        "read and resized once, on all cores: {:.0} images/s\n",
        report.read_images_per_s
    );
    for (name, figures) in [
        ("batches of images kept in memory", report.kept),
        ("batches of images read anew", report.read_anew),
    ] {
        text += &format!(
            "{name}: {:.0} images/s, the first batch after {:.1} ms; no step of {:.1} ms or more waits\n",
            figures.images_per_s,
            1e3 * figures.first_batch_s,
            1e3 * figures.shortest_step_s
        );
    }
    text
}
