//! Everything before the first step. Whatever can be refused is refused before anything is written or waited for.

use std::collections::BTreeSet;

use burn::optim::GradientsAccumulator;
use burn::tensor::Device;
use data::{BatchOptions, BatchSource, Dataset, Split, counted};
use loss::{Loss, LossStore};
use models::Network;

use crate::dataset::data_root::data_root;
use crate::dataset::label_check;
use crate::device::fit::check_fit;
use crate::device::precision::check_precision;
use crate::device::{self, pages};
use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::prediction::evaluation;
use crate::recipe::Recipe;
use crate::run_folder::checkpoint::state::TrainingState;
use crate::run_folder::environment;
use crate::run_folder::image_records::ImageRecords;
use crate::run_folder::legs::Legs;
use crate::run_folder::writer::RunWriter;
use crate::terminal::progress::Progress;
use crate::training::class_weights::with_class_weights;
use crate::training::options::TrainOptions;
use crate::training::pretrain::pretrain;
use crate::training::step::Training;

/// A training before its first step.
pub(super) struct Prepared<'a> {
    pub(super) training: Training<'a>,
    pub(super) state: TrainingState,
    pub(super) legs: Legs,
    pub(super) dataset: Dataset,
    pub(super) source: BatchSource,
    pub(super) validation: BatchSource,
    pub(super) folder: RunWriter,
    /// Without gradients: for validation and evaluation.
    pub(super) device: Device,
    /// The device for people.
    pub(super) device_name: String,
}

/// Reads the data, opens the device and the run folder, and builds the network.
pub(super) fn prepare<'a>(
    options: &TrainOptions,
    progress: Progress,
) -> Result<Prepared<'a>, RunnerError> {
    let recipe = &options.recipe;
    recipe.validate()?;
    let [height, width] = recipe.data.size;
    for [height, width] in [recipe.data.size, recipe.whole_size()] {
        recipe.model.check_size(height, width)?;
    }
    let resume = options.resume.as_ref();
    let folder = match resume {
        Some(resume) => RunWriter::resume(&resume.run)?,
        None => RunWriter::create(&recipe.name, options.out.as_deref())?,
    };
    let (dataset, sums) = open_dataset(options, &folder, progress)?;
    let classes = dataset.class_names.len();
    check_network(recipe, &dataset)?;
    recipe.loss.validate(classes)?;
    let (device, description) = device::open(options.device)?;
    tracing::info!("device: {description}");
    check_precision(&description, recipe.train.precision)?;
    // The evaluation size: it is never smaller than the training size.
    check_fit(
        &description,
        &recipe.model,
        classes,
        recipe.train.batch_size,
        recipe.whole_size(),
    )?;
    let largest =
        recipe
            .model
            .largest_tensor(classes, recipe.train.batch_size, recipe.whole_size());
    pages::begin_with(&device, largest.bytes());

    let room = recipe.data.cache_mib.saturating_mul(1 << 20);
    let source = read_split(recipe, &dataset, Split::Train, room, progress)?;
    let room = room - source.kept_bytes();
    let validation = read_split(recipe, &dataset, Split::Validation, room, progress)?;
    warn_of_data(&dataset, &source, &validation)?;
    let recipe = &with_class_weights(recipe, &source, &dataset);
    let loss = Loss::new(recipe.loss.clone(), classes)?;
    let mut training_device = device.clone().autodiff();
    if recipe.train.recompute {
        training_device = training_device.gradient_checkpointing();
    }
    let network = Network::new(&recipe.model, classes, recipe.train.seed, &training_device)?;
    let (network, recipe, pretrained) = pretrain(network, recipe, resume.is_some())?;
    tracing::info!(
        "{} of width {} with {} parameters; {classes} classes at {height}×{width}; {} to train, {} to validate, {} to test on",
        recipe.model.name.as_str(),
        recipe.model.width,
        network.parameters(),
        counted(source.len(), "image"),
        validation.len(),
        dataset.image_count(Split::Test)?,
    );
    let mut training = Training {
        run: None,
        classes,
        optimizer: recipe.optimizer.build(),
        store: LossStore::new(source.len()),
        images: ImageRecords::new(source.len(), classes, recipe.train.epochs),
        ranked: None,
        accumulator: GradientsAccumulator::new(),
        pending: None,
        after_forward: None,
        stems: source.names(),
        warned_empty: BTreeSet::new(),
        steps_per_epoch: source.steps_per_epoch(),
        recipe: recipe.clone(),
        device: training_device,
        network,
        loss,
    };
    if resume.is_none() {
        folder.write_recipe(&recipe.to_toml()?)?;
        let untaught = source.overview().missing(classes);
        environment::write(
            &folder,
            &description,
            (&dataset, &sums),
            &untaught,
            pretrained.as_ref(),
        )?;
    }
    training.run = environment::run_id(&folder)?;
    let (state, legs) = match resume {
        Some(resume) => training.resume(&folder, resume)?,
        None => (TrainingState::start(classes), training.first_leg(&folder)?),
    };
    tracing::info!("run folder: {}", folder.path().display());
    Ok(Prepared {
        training,
        state,
        legs,
        dataset,
        source,
        validation,
        folder,
        device,
        device_name: description.to_string(),
    })
}

/// Opens the data set, and checks its files, its labels and the names of its test images. Also returns the checksums of the files
/// that this has read.
fn open_dataset(
    options: &TrainOptions,
    folder: &RunWriter,
    progress: Progress,
) -> Result<(Dataset, FileSums), RunnerError> {
    let recipe = &options.recipe;
    let resuming = options.resume.is_some();
    let root = match &options.data {
        None if resuming => environment::data_root(folder)?,
        data => data_root(recipe, data.as_deref(), progress)?,
    };
    let dataset = Dataset::open(&root, &recipe.data.options)?;
    if resuming {
        environment::check_split(folder, &dataset)?;
    }
    let sums = label_check::check(&dataset, &recipe.data.options, &Split::ALL, progress)?;
    let stems = dataset.cases(Split::Test).iter().map(|case| &*case.stem);
    evaluation::check_names(folder, stems)?;
    Ok((dataset, sums))
}

/// Refuses a network that does not fit the classes or the batches of the data set.
fn check_network(recipe: &Recipe, dataset: &Dataset) -> Result<(), RunnerError> {
    let (model, batch_size) = (&recipe.model, recipe.train.batch_size);
    model.validate(dataset.class_names.len())?;
    let images = dataset.image_count(Split::Train)?;
    model.check_batches(batch_size, Some(images))?;
    if let Some(warning) = model.lone_values(batch_size, images, recipe.data.size) {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Refuses training images that cannot teach anything, and warns of what limits a data set.
fn warn_of_data(
    dataset: &Dataset,
    source: &BatchSource,
    validation: &BatchSource,
) -> Result<(), RunnerError> {
    source.overview().check_trainable(dataset)?;
    for guess in dataset.guesses() {
        tracing::info!("{guess}");
    }
    let mut warnings = dataset.quick_warnings();
    warnings.extend(source.overview().missing_warning(dataset));
    warnings.extend(source.overview().dim_warnings());
    warnings.extend(validation.overview().warning_of(Split::Validation));
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Reads a split's images, and keeps those that fit into `room` bytes.
fn read_split(
    recipe: &Recipe,
    dataset: &Dataset,
    split: Split,
    room: usize,
    progress: Progress,
) -> Result<BatchSource, RunnerError> {
    let options = BatchOptions {
        cache_bytes: room,
        ..recipe.batch_options(split)
    };
    let bar = progress.counting("reading", dataset.cases(split).len());
    let source = BatchSource::new(dataset, split, options, &|done| {
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if source.kept() < source.len() {
        tracing::info!(
            "kept in memory: {} of {}; the others are read for every epoch (data.cache_mib is {})",
            source.kept(),
            counted(source.len(), &format!("{split} image")),
            recipe.data.cache_mib
        );
    }
    Ok(source)
}
