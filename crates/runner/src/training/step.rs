//! The state of a training, and one step of it.

use std::collections::BTreeSet;

use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::HostBatch;
use loss::{ImageLosses, Loss, LossStore, RankedImages, skipped_images, weighted_mean};
use models::{Network, Outputs};
use ops::with_precision;

use crate::device::panics;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::checkpoint;
use crate::run_folder::checkpoint::state::TrainingState;
use crate::run_folder::epoch_sums::EpochSums;
use crate::run_folder::folder::LAST;
use crate::run_folder::image_records::{self, ImageRecord, ImageRecords};
use crate::run_folder::writer::RunWriter;
use crate::training::gradients::{self, NonFiniteNorm};
use crate::training::learning_rate::learning_rate;
use crate::training::margin::margin_sums;
use crate::training::resume_hint::with_resume_hint;
use crate::training::step_id::StepId;
use crate::training::step_result::{PendingStep, StepResult};

/// Changes a network's outputs between the forward pass and the loss.
pub(crate) type AfterForward<'a> = &'a dyn Fn(StepId, Outputs) -> Outputs;

/// Everything that a step reads or changes.
pub(super) struct Training<'a> {
    /// Identifies its checkpoints; none in a run of an earlier version.
    pub(super) run: Option<String>,
    pub(super) recipe: Recipe,
    pub(super) device: Device,
    pub(super) network: Network,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) loss: Loss,
    pub(super) store: LossStore,
    /// What each epoch did with each image.
    pub(super) images: ImageRecords,
    /// The store on the device, in epochs that rank images.
    pub(super) ranked: Option<RankedImages>,
    pub(super) accumulator: GradientsAccumulator<Network>,
    /// Results of the previous step, still in flight.
    pub(super) pending: Option<(StepId, PendingStep)>,
    /// Names of the training images, for errors.
    pub(super) stems: Vec<String>,
    /// Images already warned about: every pixel is ignored.
    pub(super) warned_empty: BTreeSet<usize>,
    pub(super) steps_per_epoch: usize,
    pub(super) classes: usize,
    /// Set by tests alone.
    pub(super) after_forward: Option<AfterForward<'a>>,
}

/// Results of a forward and a backward pass.
pub(crate) struct StepOutputs<T> {
    pub(crate) outputs: Outputs,
    pub(crate) losses: ImageLosses,
    pub(crate) gradients: GradientsParams,
    /// The second value that `total` returned.
    pub(crate) rest: T,
}

/// One forward and one backward pass. `forward` runs the network on a batch, the loss gives one number per image, and `total`
/// combines these into the number that is differentiated, which it returns first, with anything else that the caller needs.
pub(crate) fn forward_backward<T>(
    network: &Network,
    loss: &Loss,
    forward: impl FnOnce(&Network) -> Outputs,
    labels: Tensor<3, Int>,
    total: impl FnOnce(&Outputs, &ImageLosses) -> (Tensor<1>, T),
) -> StepOutputs<T> {
    let outputs = forward(network);
    let losses = loss.weighted_image_losses(&outputs.logits, &outputs.weights, labels);
    let (total, rest) = total(&outputs, &losses);
    StepOutputs {
        gradients: GradientsParams::from_grads(total.backward(), network),
        outputs,
        losses,
        rest,
    }
}

impl Training<'_> {
    /// One batch: forward, the images' weights, backward, and an update every `accumulate` batches.
    ///
    /// If an operation fails, on any thread, its step returns the error, before the next step begins.
    pub(super) fn step(
        &mut self,
        batch: HostBatch,
        id: StepId,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        if self.recipe.loss.skip_below > 0.0 {
            // Which images are skipped depends on the previous step's losses.
            self.collect_pending(sums)?;
        }
        let queued = panics::caught(|| self.compute(batch, id, sums));
        let Some(pending) = queued.map_err(|error| error.at(id))? else {
            return Ok(());
        };
        // This step is already queued, so the device stays busy while the previous results are collected.
        let previous = self.pending.replace((id, pending));
        previous.map_or(Ok(()), |(id, pending)| self.collect(id, pending, sums))?;
        panics::check().map_err(|error| error.at(id))
    }

    /// Queues a step on the device and requests its results; none if all images of the batch are skipped.
    fn compute(
        &mut self,
        batch: HostBatch,
        id: StepId,
        sums: &mut EpochSums,
    ) -> Result<Option<PendingStep>, RunnerError> {
        panics::check()?;
        let StepId { epoch, step } = id;
        // Dropout draws from the device's generator: seeded by epoch and step, any step can be repeated.
        self.device
            .seed(seed_of_step(self.recipe.train.seed, epoch, step));
        let config = self.loss.config();
        let whole = batch.indices.len();
        let epochs = self.recipe.train.epochs;
        let skipped = skipped_images(&self.store, &batch.indices, config, epoch, epochs);
        let batch = batch.without(&skipped);
        sums.skipped += whole - batch.indices.len();
        if batch.indices.is_empty() {
            return Ok(None);
        }

        // Skipped images still count in the batch's mean, with weight 0: their weight is nearly 0.
        let share = batch.indices.len() as f64 / (whole * self.recipe.train.accumulate) as f64;
        let ignore = config.ignore;
        let (indices, images, labels) = self.upload(batch);
        let pass = || {
            forward_backward(
                &self.network,
                &self.loss,
                |network| {
                    let outputs = network.forward(images);
                    match self.after_forward {
                        Some(after_forward) => after_forward(id, outputs),
                        None => outputs,
                    }
                },
                labels.clone(),
                |outputs, losses| {
                    let first = outputs.logits[0].clone().inner();
                    let margins = margin_sums(first, labels.clone().inner());
                    let weights = match &mut self.ranked {
                        Some(ranked) => ranked.weigh(&losses.loss, &indices),
                        None => losses.loss.clone().inner().ones_like(),
                    };
                    let mut total = weighted_mean(losses.loss.clone(), weights.clone()) * share;
                    if let Some(gate) = &outputs.gate {
                        total = total + gate_loss(gate.clone(), labels, ignore) * share;
                    }
                    (total, (weights, margins))
                },
            )
        };
        let passes = with_precision(self.recipe.train.precision.into(), pass);
        let (losses, (weights, margins)) = (passes.losses, passes.rest);
        self.accumulator.accumulate(&self.network, passes.gradients);
        let last = step + 1 == self.steps_per_epoch;
        let norm = if last || (step + 1).is_multiple_of(self.recipe.train.accumulate) {
            Some(self.update(self.rate(epoch, step))?)
        } else {
            None
        };
        PendingStep::request(losses, weights, margins, norm, indices).map(Some)
    }

    /// One update; returns the norm of its gradients.
    fn update(&mut self, rate: f64) -> Result<Tensor<1>, RunnerError> {
        let mut gradients = self.accumulator.grads();
        let norm = gradients::global_norm(&self.network, &gradients).map_err(|missing| {
            RunnerError::bug(format!("no gradient reached {}", missing.join(", ")))
        })?;
        let longest = self.recipe.optimizer.clip_norm;
        if longest > 0.0 {
            gradients::clip(&self.network, &mut gradients, &norm, longest);
        }
        self.network = self.optimizer.step(rate, self.network.clone(), gradients);
        Ok(norm)
    }

    /// Uploads a batch: indices of its images in the training set, the images, and their labels.
    fn upload(&self, batch: HostBatch) -> (Vec<usize>, Tensor<4>, Tensor<3, Int>) {
        let (count, height, width) = (batch.indices.len(), batch.height, batch.width);
        let images = TensorData::new(batch.images, [count, 3, height, width]);
        let labels = TensorData::new(batch.labels, [count, height, width]);
        (
            batch.indices,
            Tensor::from_data(images, &self.device),
            Tensor::from_data(labels, &self.device),
        )
    }

    /// Uploads the loss store for an epoch that ranks images.
    pub(super) fn rank(&mut self, epoch: usize) {
        let device = self.device.clone().inner();
        let epochs = self.recipe.train.epochs;
        self.ranked = RankedImages::new(&self.store, self.loss.config(), epoch, epochs, &device);
    }

    /// Collects the previous step, if its results are still in flight.
    pub(super) fn collect_pending(&mut self, sums: &mut EpochSums) -> Result<(), RunnerError> {
        match self.pending.take() {
            Some((id, pending)) => self.collect(id, pending, sums),
            None => Ok(()),
        }
    }

    /// Waits for the results of step `id`, checks them, and adds them to `sums`.
    fn collect(
        &mut self,
        id: StepId,
        pending: PendingStep,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        let recorded = pending
            .wait()
            .and_then(|result| self.record(id.epoch, &result, sums));
        recorded.map_err(|error| error.at(id))
    }

    /// Checks the results of a step, and adds them to the store, to `sums` and to the records of images.
    fn record(
        &mut self,
        epoch: usize,
        result: &StepResult,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        let [height, width] = self.recipe.data.size;
        let mean = self.ranked.as_ref().map_or(1.0, RankedImages::mean);
        for image in result.images() {
            self.store
                .insert(image.index, image.loss)
                .map_err(|error| {
                    RunnerError::from(error).at(format!("image '{}'", self.stems[image.index]))
                })?;
            sums.images += 1;
            sums.loss += f64::from(image.loss);
            let weight = f64::from(image.weight) * mean;
            sums.weight += weight;
            let record = ImageRecord {
                loss: image.loss,
                weight: weight as f32,
                kept: image.kept,
                valid: image.valid,
                margins: image.margins,
                margin_pixels: image.margin_pixels,
                pixels: height * width,
            };
            self.images.add(epoch, image.index, record);
            for class in 0..image.valid.len() {
                sums.kept[class] += f64::from(image.kept[class]);
                sums.valid[class] += f64::from(image.valid[class]);
            }
            let empty = image.valid.iter().sum::<f32>() == 0.0;
            if empty && self.warned_empty.insert(image.index) {
                let stem = &self.stems[image.index];
                tracing::warn!("image '{stem}': every pixel is ignored; it contributes nothing");
            }
        }
        result.norm().map_or(Ok(()), |norm| self.check_norm(norm))
    }

    fn check_norm(&self, norm: f32) -> Result<(), RunnerError> {
        if norm.is_finite() {
            return Ok(());
        }
        Err(RunnerError::mismatch(
            "finite gradients",
            NonFiniteNorm(norm).to_string(),
            format!(
                "lower optimizer.learning_rate (now {}) or set optimizer.clip_norm",
                self.recipe.optimizer.learning_rate
            ),
        )
        .into_failure()
        .caused_by(NonFiniteNorm(norm)))
    }

    pub(super) fn rate(&self, epoch: usize, step: usize) -> f64 {
        let (schedule, train) = (&self.recipe.schedule, &self.recipe.train);
        learning_rate(
            schedule,
            self.recipe.optimizer.learning_rate,
            (epoch - 1) * self.steps_per_epoch + step,
            train.epochs * self.steps_per_epoch,
            schedule.warmup_epochs * self.steps_per_epoch,
        )
    }

    /// Writes the records of the images after `epoch`.
    pub(super) fn write_images(&self, folder: &RunWriter, epoch: usize) -> Result<(), RunnerError> {
        match self.images.archive(&self.stems, epoch)? {
            Some(bytes) => folder.write_record(image_records::FILE, &bytes),
            None => Ok(()),
        }
    }

    /// Saves a state as the checkpoint `name`; an error reports how to resume.
    pub(super) fn save(
        &self,
        folder: &RunWriter,
        name: &str,
        state: &TrainingState,
    ) -> Result<(), RunnerError> {
        let run = self.run.as_deref();
        folder
            .replace_checkpoint(name, |path| {
                checkpoint::save(
                    path,
                    run,
                    &self.network,
                    &self.optimizer,
                    state,
                    &self.images,
                )
            })
            .map_err(|error| with_resume_hint(error, folder))
    }

    /// Saves the state in the middle of an epoch, and reports how to resume.
    pub(super) fn interrupt(
        &mut self,
        state: &mut TrainingState,
        folder: &RunWriter,
    ) -> RunnerError {
        let collected = self
            .collect_pending(&mut state.sums)
            .map_err(|error| with_resume_hint(error, folder));
        let saved = collected.and_then(|()| {
            state.store = self.store.to_vec();
            self.save(folder, LAST, state)
        });
        saved
            .err()
            .unwrap_or_else(|| RunnerError::interrupted(folder.path()))
    }
}

/// Cross-entropy of "nothing" against "something" in each image, mean over the batch.
fn gate_loss(gate: Tensor<2>, labels: Tensor<3, Int>, ignore: i32) -> Tensor<1> {
    let [batch, height, width] = labels.dims();
    let labels = labels.inner();
    let foreground = labels.clone().greater_elem(0).float() * labels.not_equal_elem(ignore).float();
    let something = foreground.reshape([batch, height * width]).max_dim(1);
    let nothing = something.ones_like() - something.clone();
    let target = Tensor::cat(vec![nothing, something], 1);
    (log_softmax(gate, 1) * target).sum_dim(1).mean().neg()
}

/// The seed of a step: each step of a run has its own.
fn seed_of_step(seed: u64, epoch: usize, step: usize) -> u64 {
    seed ^ ((epoch as u64) << 40) ^ ((step as u64) << 20)
}
