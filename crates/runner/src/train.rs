//! The training loop, read from top to bottom: prepare, one epoch after another, finish.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::{Augmentation, BatchOptions, BatchSource, Dataset, HostBatch, Split};
use loss::{Loss, LossStore, RankedImages, skipped_images, weighted_mean};
use models::Network;

use crate::answer::Answer;
use crate::checkpoint::{self, Best, TrainingState};
use crate::curves;
use crate::data_root::data_root;
use crate::device::{self, DeviceRequest};
use crate::environment;
use crate::epoch_sums::EpochSums;
use crate::error::RunnerError;
use crate::evaluate::{self, Evaluation, best_predictor};
use crate::gradients;
use crate::learning_rate::learning_rate;
use crate::panics;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::run_folder::{BEST, LAST, RunFolder};
use crate::scores::EpochScores;
use crate::validate::validate;

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
    pub resume: Option<PathBuf>,
    /// No progress bar.
    pub quiet: bool,
}

/// Everything that a step changes or looks at.
struct Training {
    recipe: Recipe,
    device: Device,
    network: Network,
    optimizer: ModuleOptimizer,
    loss: Loss,
    store: LossStore,
    /// The store on the device, where the epoch has ranks.
    ranked: Option<RankedImages>,
    accumulator: GradientsAccumulator<Network>,
    /// What the device has to say of the step before, on its way.
    answer: Option<Answer>,
    /// Names of the training images, for errors.
    stems: Vec<String>,
    /// Those whose pixels are all ignored, of which it has been said.
    said_empty: BTreeSet<usize>,
    steps_per_epoch: usize,
}

/// All that a training is made of before its first step.
struct Prepared {
    training: Training,
    state: TrainingState,
    dataset: Dataset,
    source: BatchSource,
    validation: BatchSource,
    folder: RunFolder,
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
    while state.epoch <= epochs {
        let start = Instant::now();
        let epoch = state.epoch;
        let bar = progress.epoch(epoch, epochs, training.steps_per_epoch, state.step);
        training.rank(epoch);
        for batch in source.epoch(epoch, state.step) {
            training.step(batch, epoch, state.step, &mut state.sums)?;
            state.step += 1;
            progress.step(&bar, &state.sums);
            // Gradients that are still being added up are in no checkpoint.
            let between_updates = state.step.is_multiple_of(recipe.train.accumulate);
            if interrupted.load(Ordering::Relaxed) && between_updates {
                return Err(training.interrupt(&mut state, &folder));
            }
        }
        training.take_answer(&mut state.sums)?;

        let validated = if epoch.is_multiple_of(recipe.train.evaluate_every) || epoch == epochs {
            let network = training.network.valid();
            Some(validate(
                &network,
                &validation,
                &training.loss,
                &dataset,
                &device,
            )?)
        } else {
            None
        };
        let rate = training.rate(epoch, training.steps_per_epoch - 1);
        let line = EpochScores::new(epoch, rate, &state.sums, validated.as_ref());
        folder.append_scores(&line, start.elapsed().as_secs_f64())?;
        curves::write(
            &folder.path().join("curves.svg"),
            &folder.read_scores()?,
            &dataset.class_names,
        )?;
        progress.epoch_line(&bar, &line, epochs, &dataset.class_names, start.elapsed());

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
            folder.replace_checkpoint(BEST, |path| training.save(path, &state))?;
        }
        let stopping = interrupted.load(Ordering::Relaxed) && epoch < epochs;
        if epoch.is_multiple_of(recipe.train.checkpoint_every) || epoch == epochs || stopping {
            folder.replace_checkpoint(LAST, |path| training.save(path, &state))?;
        }
        if stopping {
            return Err(RunnerError::interrupted(folder.path()));
        }
    }

    let predictor = best_predictor(&folder, recipe, classes, device)?;
    let evaluation = evaluate::finish(&folder, recipe, &dataset, &predictor, progress)?;
    Ok((folder, evaluation))
}

/// Reads, opens and builds. What can be refused is refused before anything is written or waited for.
fn prepare(options: &TrainOptions, progress: Progress) -> Result<Prepared, RunnerError> {
    let recipe = &options.recipe;
    recipe.validate()?;
    let [height, width] = recipe.data.size;
    recipe.model.check_size(height, width)?;
    let resumed = options.resume.as_deref().map(RunFolder::open).transpose()?;
    let root = match (&options.data, &resumed) {
        (None, Some(folder)) => environment::data_root(folder)?,
        (data, _) => data_root(recipe, data.as_deref(), progress)?,
    };
    let dataset = Dataset::open(&root, &recipe.data.options)?;
    if let Some(folder) = &resumed {
        environment::check_split(folder, &dataset)?;
    }
    let classes = dataset.class_names.len();
    recipe.model.validate(classes)?;
    let loss = Loss::new(recipe.loss.clone(), classes)?;
    let (device, description) = device::open(options.device)?;
    tracing::info!("device: {description}");
    device::check_fit(&description, recipe, classes)?;

    let source = read_split(
        recipe,
        &dataset,
        Split::Train,
        recipe.augment.clone(),
        progress,
    )?;
    let validation = read_split(
        recipe,
        &dataset,
        Split::Validation,
        Augmentation::default(),
        progress,
    )?;
    let training_device = device.clone().autodiff();
    let network = Network::new(&recipe.model, classes, recipe.train.seed, &training_device)?;
    tracing::info!(
        "{} of width {} with {} parameters; {classes} classes at {height}×{width}; {} images to train, {} to validate, {} to test on",
        recipe.model.name.as_str(),
        recipe.model.width,
        network.parameters(),
        source.len(),
        validation.len(),
        dataset.cases(Split::Test).len(),
    );
    let mut training = Training {
        optimizer: recipe.optimizer.build(),
        store: LossStore::new(source.len()),
        ranked: None,
        accumulator: GradientsAccumulator::new(),
        answer: None,
        stems: dataset
            .cases(Split::Train)
            .iter()
            .map(|case| case.stem.clone())
            .collect(),
        said_empty: BTreeSet::new(),
        steps_per_epoch: source.steps_per_epoch(),
        recipe: recipe.clone(),
        device: training_device,
        network,
        loss,
    };
    let (folder, state) = if let Some(folder) = resumed {
        let state = training.resume(&folder.checkpoint(LAST)?)?;
        folder.truncate_scores_after(state.epoch - 1)?;
        (folder, state)
    } else {
        let folder = RunFolder::create(&recipe.name, options.out.as_deref())?;
        folder.write_recipe(&recipe.to_toml()?)?;
        environment::write(&folder, &description, &dataset)?;
        let state = TrainingState {
            epoch: 1,
            step: 0,
            best: None,
            sums: EpochSums::new(classes),
            store: Vec::new(),
        };
        (folder, state)
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

/// Decodes a split's images at training size.
fn read_split(
    recipe: &Recipe,
    dataset: &Dataset,
    split: Split,
    augmentation: Augmentation,
    progress: Progress,
) -> Result<BatchSource, RunnerError> {
    let [height, width] = recipe.data.size;
    let options = BatchOptions {
        height,
        width,
        batch_size: recipe.train.batch_size,
        augmentation,
        normalise: recipe.data.normalise,
        seed: recipe.train.seed,
        workers: recipe.train.workers,
    };
    let bar = progress.counting("reading", dataset.cases(split).len());
    let source = BatchSource::new(dataset, split, options, &|done| {
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(source)
}

impl Training {
    /// One batch: forward, the images' weights, backward, and every `accumulate` batches an update.
    fn step(
        &mut self,
        batch: HostBatch,
        epoch: usize,
        step: usize,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        panics::check()?;
        // Dropout draws from the device's generator: seeded by epoch and step, any step can be taken again.
        self.device
            .seed(seed_of_step(self.recipe.train.seed, epoch, step));
        let config = self.loss.config().clone();
        let whole = batch.indices.len();
        if config.skip_below > 0.0 {
            // Who may be left out depends on the losses of the step before.
            self.take_answer(sums)?;
        }
        let epochs = self.recipe.train.epochs;
        let skipped = skipped_images(&self.store, &batch.indices, &config, epoch, epochs);
        let batch = batch.without(&skipped);
        sums.skipped += whole - batch.indices.len();
        if batch.indices.is_empty() {
            return Ok(());
        }

        let (images, labels) = self.upload(&batch);
        let outputs = self.network.forward(images);
        let losses = self.loss.image_losses(&outputs.logits, labels.clone());
        let weights = match &mut self.ranked {
            Some(ranked) => ranked.weigh(&losses.loss, &batch.indices),
            None => losses.loss.clone().inner().ones_like(),
        };

        // Images left out count in the batch's mean with the weight 0 that they nearly have.
        let share = batch.indices.len() as f64 / (whole * self.recipe.train.accumulate) as f64;
        let relative = Tensor::from_inner(weights.clone());
        let mut total = weighted_mean(losses.loss.clone(), relative) * share;
        if let Some(gate) = outputs.gate {
            total = total + gate_loss(gate, labels, config.ignore) * share;
        }
        let gradients = GradientsParams::from_grads(total.backward(), &self.network);
        self.accumulator.accumulate(&self.network, gradients);
        let last = step + 1 == self.steps_per_epoch;
        let norm = if last || (step + 1).is_multiple_of(self.recipe.train.accumulate) {
            Some(self.update(self.rate(epoch, step))?)
        } else {
            None
        };
        // The step before is done by the time that this one is in the queue: waiting for it keeps the device busy.
        let answer = Answer::ask(losses, weights, norm, batch.indices);
        let before = self.answer.replace(answer);
        before.map_or(Ok(()), |answer| self.hear(answer, sums))
    }

    /// One update; gives the length of its gradients.
    fn update(&mut self, rate: f64) -> Result<Tensor<1>, RunnerError> {
        let mut gradients = self.accumulator.grads();
        let norm = gradients::global_norm(&self.network, &gradients).map_err(|missing| {
            RunnerError::failed(
                format!("no gradient reached {}", missing.join(", ")),
                "this is a fault of the program: please report it with the recipe and the device",
            )
        })?;
        let longest = self.recipe.optimizer.clip_norm;
        if longest > 0.0 {
            gradients::clip(&self.network, &mut gradients, &norm, longest);
        }
        self.network = self.optimizer.step(rate, self.network.clone(), gradients);
        Ok(norm)
    }

    fn upload(&self, batch: &HostBatch) -> (Tensor<4>, Tensor<3, Int>) {
        let (count, height, width) = (batch.indices.len(), batch.height, batch.width);
        let images = TensorData::new(batch.images.clone(), [count, 3, height, width]);
        let labels = TensorData::new(batch.labels.clone(), [count, height, width]);
        (
            Tensor::from_data(images, &self.device),
            Tensor::from_data(labels, &self.device),
        )
    }

    /// Puts the store on the device for an epoch.
    fn rank(&mut self, epoch: usize) {
        let device = self.device.clone().inner();
        let epochs = self.recipe.train.epochs;
        self.ranked = RankedImages::new(&self.store, self.loss.config(), epoch, epochs, &device);
    }

    /// Waits for the step before, if its answer is still on its way.
    fn take_answer(&mut self, sums: &mut EpochSums) -> Result<(), RunnerError> {
        match self.answer.take() {
            Some(answer) => self.hear(answer, sums),
            None => Ok(()),
        }
    }

    /// Waits for a step's answer, checks it, and adds it up.
    fn hear(&mut self, answer: Answer, sums: &mut EpochSums) -> Result<(), RunnerError> {
        let answer = answer.wait()?;
        let mean = self.ranked.as_ref().map_or(1.0, RankedImages::mean);
        for image in answer.images() {
            self.store
                .insert(image.index, image.loss)
                .map_err(|error| self.not_finite(image.index, &error))?;
            sums.images += 1;
            sums.loss += f64::from(image.loss);
            sums.weight += f64::from(image.weight) * mean;
            for class in 0..image.valid.len() {
                sums.kept[class] += f64::from(image.kept[class]);
                sums.valid[class] += f64::from(image.valid[class]);
            }
            let empty = image.valid.iter().sum::<f32>() == 0.0;
            if empty && self.said_empty.insert(image.index) {
                let stem = &self.stems[image.index];
                tracing::warn!("image '{stem}': every pixel is ignored; it contributes nothing");
            }
        }
        answer.norm().map_or(Ok(()), |norm| self.finite(norm))
    }

    fn finite(&self, norm: f32) -> Result<(), RunnerError> {
        if norm.is_finite() {
            return Ok(());
        }
        Err(RunnerError::failed(
            format!("expected finite gradients, found a length of {norm}"),
            format!(
                "lower optimizer.learning_rate (now {}) or set optimizer.clip_norm; the last checkpoint is from before",
                self.recipe.optimizer.learning_rate
            ),
        ))
    }

    fn not_finite(&self, image: usize, error: &loss::LossError) -> RunnerError {
        RunnerError::failed(
            format!("image '{}': {error}", self.stems[image]),
            "look at the image and its labels (`selvedge data check`), or lower optimizer.learning_rate; the last \
             checkpoint is from before",
        )
    }

    fn rate(&self, epoch: usize, step: usize) -> f64 {
        let (schedule, train) = (&self.recipe.schedule, &self.recipe.train);
        learning_rate(
            schedule,
            self.recipe.optimizer.learning_rate,
            (epoch - 1) * self.steps_per_epoch + step,
            train.epochs * self.steps_per_epoch,
            schedule.warmup_epochs * self.steps_per_epoch,
        )
    }

    fn save(&self, path: &Path, state: &TrainingState) -> Result<(), RunnerError> {
        checkpoint::save(path, &self.network, &self.optimizer, state)
    }

    /// Saves where training stands in the middle of an epoch, and says how to go on.
    fn interrupt(&mut self, state: &mut TrainingState, folder: &RunFolder) -> RunnerError {
        let saved = self.take_answer(&mut state.sums).and_then(|()| {
            state.store = self.store.to_vec();
            folder.replace_checkpoint(LAST, |path| self.save(path, state))
        });
        saved
            .err()
            .unwrap_or_else(|| RunnerError::interrupted(folder.path()))
    }

    fn resume(&mut self, checkpoint: &Path) -> Result<TrainingState, RunnerError> {
        let (network, optimizer) = (self.network.clone(), self.optimizer.clone());
        let (network, optimizer, state) = checkpoint::load(checkpoint, network, optimizer)?;
        if state.store.len() != self.store.len() {
            return Err(RunnerError::mend(
                format!(
                    "expected the {} training images that the run began with, found {}",
                    state.store.len(),
                    self.store.len()
                ),
                "give the same data folder as then, or train anew",
            ));
        }
        (self.network, self.optimizer) = (network, optimizer);
        self.store = LossStore::from_vec(state.store.clone())?;
        Ok(state)
    }
}

/// Cross-entropy of "nothing" against "something" in each image, mean over the batch.
fn gate_loss(gate: Tensor<2>, labels: Tensor<3, Int>, ignore: i32) -> Tensor<1> {
    let [batch, height, width] = labels.dims();
    let labels = labels.inner();
    let foreground = labels.clone().greater_elem(0).float() * labels.not_equal_elem(ignore).float();
    let something = foreground.reshape([batch, height * width]).max_dim(1);
    let nothing = something.ones_like() - something.clone();
    let target = Tensor::from_inner(Tensor::cat(vec![nothing, something], 1));
    (log_softmax(gate, 1) * target).sum_dim(1).mean().neg()
}

/// One seed for each step of a run.
fn seed_of_step(seed: u64, epoch: usize, step: usize) -> u64 {
    seed ^ ((epoch as u64) << 40) ^ ((step as u64) << 20)
}
