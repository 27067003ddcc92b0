//! The training loop, read from top to bottom: prepare, one epoch after another, finish.

mod going_on;
mod training;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::optim::GradientsAccumulator;
use burn::tensor::Device;
use data::{BatchOptions, BatchSource, Dataset, Split, counted};
use loss::{Loss, LossStore};
use models::{Network, Outputs};

use crate::checkpoint::{Best, TrainingState};
use crate::curves;
use crate::data_root::data_root;
use crate::device::{self, DeviceRequest};
use crate::environment;
use crate::epoch_sums::EpochSums;
use crate::error::RunnerError;
use crate::evaluate::{self, Evaluation, best_predictor};
use crate::interruption::Steps;
use crate::label_check;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::run_folder::{BEST, EpochTiming, LAST, RunFolder, RunWriter};
use crate::scores::EpochScores;
use crate::validate::validate;
use crate::weights::pretrain;
use going_on::with_a_way_on;
use training::Training;

pub use going_on::Resume;
pub use training::Place;

/// What the command line asks of a training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// The resolved recipe.
    pub recipe: Recipe,
    /// The data set's folder; none for a recipe that writes its own.
    pub data: Option<PathBuf>,
    /// Where the run folder goes; none for `runs/<recipe>-<time>`.
    pub out: Option<PathBuf>,
    /// The device.
    pub device: DeviceRequest,
    /// A run to go on with.
    pub resume: Option<Resume>,
    /// No progress bar.
    pub quiet: bool,
}

/// What is done to a network's outputs between the forward pass and the loss.
#[doc(hidden)]
pub type AfterForward<'a> = &'a dyn Fn(Place, Outputs) -> Outputs;

/// All that a training is made of before its first step.
struct Prepared {
    training: Training,
    state: TrainingState,
    dataset: Dataset,
    source: BatchSource,
    validation: BatchSource,
    folder: RunWriter,
    /// Without gradients, for validation and evaluation.
    device: Device,
}

/// Trains, and evaluates the best epoch on the test images.
///
/// # Errors
///
/// Whatever is wrong with the recipe, the data, the device or the disk; a loss or a gradient that is not finite; an
/// interruption, after the state has been saved.
pub fn train(
    options: &TrainOptions,
    interrupted: &AtomicBool,
) -> Result<(RunFolder, Evaluation), RunnerError> {
    train_through(options, interrupted, &|_, outputs| outputs)
}

/// As [`train`], with `after_forward` in every step: this is how a test makes an operation fail.
///
/// # Errors
///
/// Those of [`train`].
#[doc(hidden)]
pub fn train_through(
    options: &TrainOptions,
    interrupted: &AtomicBool,
    after_forward: AfterForward<'_>,
) -> Result<(RunFolder, Evaluation), RunnerError> {
    let recipe = &options.recipe;
    let progress = Progress::new(options.quiet);
    let Prepared {
        mut training,
        mut state,
        dataset,
        source,
        validation,
        folder,
        device,
    } = prepare(options, progress)?;
    let classes = dataset.class_names.len();
    let epochs = recipe.train.epochs;
    let mut batches = source.epoch(state.epoch, state.step);
    let steps = Steps::begin();
    while state.epoch <= epochs {
        let start = Instant::now();
        let mut waited_for_data = Duration::ZERO;
        let epoch = state.epoch;
        let bar = progress.epoch(epoch, epochs, training.steps_per_epoch, state.step);
        training.rank(epoch);
        while let Some(batch) = waiting(&mut waited_for_data, || batches.next()) {
            let batch = batch.map_err(|error| with_a_way_on(error.into(), &folder))?;
            let place = Place {
                epoch,
                step: state.step,
            };
            training
                .step(batch, place, &mut state.sums, after_forward)
                .map_err(|error| with_a_way_on(error, &folder))?;
            state.step += 1;
            progress.step(&bar, &state.sums);
            // Gradients that are still being added up are in no checkpoint.
            let between_updates = state.step.is_multiple_of(recipe.train.accumulate);
            if interrupted.load(Ordering::Relaxed) && between_updates {
                return Err(training.interrupt(&mut state, &folder));
            }
        }
        training
            .take_answer(&mut state.sums)
            .map_err(|error| with_a_way_on(error, &folder))?;
        // Made while this epoch is validated and saved.
        if epoch < epochs {
            batches = source.epoch(epoch + 1, 0);
        }

        let validated = if epoch.is_multiple_of(recipe.train.evaluate_every) || epoch == epochs {
            let network = training.network.valid();
            Some(validate(
                &network,
                &validation,
                &training.loss,
                &dataset,
                &source.overview().missing(classes),
                &device,
            )?)
        } else {
            None
        };
        let rate = training.rate(epoch, training.steps_per_epoch - 1);
        let line = EpochScores::new(epoch, rate, &state.sums, validated.as_ref());
        let timing = EpochTiming {
            whole: start.elapsed(),
            waited_for_data,
        };
        folder
            .append_scores(&line, timing)
            .and_then(|()| {
                let scores = folder.read_scores()?;
                curves::write(
                    &folder.path().join("curves.svg"),
                    &scores,
                    &dataset.class_names,
                )
            })
            .map_err(|error| with_a_way_on(error, &folder))?;
        progress.epoch_line(&bar, &line, epochs, &dataset.class_names, timing);

        // The first epoch that is scored is the best so far, whatever its scores.
        let dice = validated.map(|(scores, _)| scores.dice.unwrap_or(0.0));
        let better = dice.filter(|&dice| state.best.is_none_or(|best| dice > best.dice));
        state = TrainingState {
            epoch: epoch + 1,
            step: 0,
            best: better.map_or(state.best, |dice| Some(Best { epoch, dice })),
            sums: EpochSums::new(classes),
            store: training.store.to_vec(),
        };
        if better.is_some() {
            training.save(&folder, BEST, &state)?;
        }
        let stopping = interrupted.load(Ordering::Relaxed) && epoch < epochs;
        if epoch.is_multiple_of(recipe.train.checkpoint_every) || epoch == epochs || stopping {
            training.save(&folder, LAST, &state)?;
        }
        if stopping {
            return Err(RunnerError::interrupted(folder.path()));
        }
    }

    steps.end(RunnerError::interrupted(folder.path()))?;
    let predictor = best_predictor(&folder, recipe, classes, device)?;
    let evaluation = evaluate::finish(&folder, recipe, &dataset, &predictor, progress)
        .map_err(|error| with_a_way_on(error, &folder))?;
    Ok((folder.folder().clone(), evaluation))
}

/// Does something, and adds the time that it took.
fn waiting<T>(waited: &mut Duration, something: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = something();
    *waited += start.elapsed();
    done
}

/// Reads, opens and builds. What can be refused is refused before anything is written or waited for.
fn prepare(options: &TrainOptions, progress: Progress) -> Result<Prepared, RunnerError> {
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
    let root = match (&options.data, resume) {
        (None, Some(_)) => environment::data_root(&folder)?,
        (data, _) => data_root(recipe, data.as_deref(), progress)?,
    };
    let dataset = Dataset::open(&root, &recipe.data.options)?;
    if resume.is_some() {
        environment::check_split(&folder, &dataset)?;
    }
    label_check::check(&dataset, &recipe.data.options, &Split::ALL, progress)?;
    let stems = dataset.cases(Split::Test).iter().map(|case| &*case.stem);
    evaluate::check_names(&folder, stems)?;
    let classes = dataset.class_names.len();
    recipe.model.validate(classes)?;
    let images = dataset.image_count(Split::Train)?;
    recipe
        .model
        .check_batches(recipe.train.batch_size, Some(images))?;
    let lone = recipe
        .model
        .lone_values(recipe.train.batch_size, images, recipe.data.size);
    if let Some(warning) = lone {
        tracing::warn!("{warning}");
    }
    let loss = Loss::new(recipe.loss.clone(), classes)?;
    let (device, description) = device::open(options.device)?;
    tracing::info!("device: {description}");
    device::check_fit(&description, recipe, classes)?;

    let room = recipe.data.cache_mib.saturating_mul(1 << 20);
    let source = read_split(recipe, &dataset, Split::Train, room, progress)?;
    let room = room - source.kept_bytes();
    let validation = read_split(recipe, &dataset, Split::Validation, room, progress)?;
    tell_what_they_teach(&dataset, &source, &validation)?;
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
        ranked: None,
        accumulator: GradientsAccumulator::new(),
        answer: None,
        stems: source.names(),
        said_empty: BTreeSet::new(),
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
            &dataset,
            &untaught,
            pretrained.as_ref(),
        )?;
    }
    training.run = environment::run_id(&folder)?;
    let state = match resume {
        Some(resume) => training.go_on(&folder, resume)?,
        None => TrainingState::start(classes),
    };
    tracing::info!("run folder: {}", folder.path().display());
    Ok(Prepared {
        training,
        state,
        dataset,
        source,
        validation,
        folder,
        device,
    })
}

/// Refuses training images that tell nothing from anything, and says what makes a set worth less than it seems.
fn tell_what_they_teach(
    dataset: &Dataset,
    source: &BatchSource,
    validation: &BatchSource,
) -> Result<(), RunnerError> {
    source.overview().can_teach(dataset)?;
    let mut warnings = dataset.forewarnings();
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
