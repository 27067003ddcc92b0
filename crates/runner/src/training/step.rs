//! What a step changes, and the step itself.

use std::collections::BTreeSet;

use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::HostBatch;
use loss::{ImageLosses, Loss, LossStore, RankedImages, skipped_images, weighted_mean};
use models::{Network, Outputs};

use crate::device::panics;
use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::checkpoint;
use crate::run_folder::checkpoint::state::TrainingState;
use crate::run_folder::epoch_sums::EpochSums;
use crate::run_folder::folder::LAST;
use crate::run_folder::writer::RunWriter;
use crate::training::gradients;
use crate::training::learning_rate::learning_rate;
use crate::training::resume_hint::with_a_way_on;
use crate::training::step_id::Place;
use crate::training::step_result::{Answer, Heard};

/// What is done to a network's outputs between the forward pass and the loss.
pub(crate) type AfterForward<'a> = &'a dyn Fn(Place, Outputs) -> Outputs;

/// Everything that a step changes or looks at.
pub(super) struct Training<'a> {
    /// What its checkpoints are known by; none in a run of an earlier version.
    pub(super) run: Option<String>,
    pub(super) recipe: Recipe,
    pub(super) device: Device,
    pub(super) network: Network,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) loss: Loss,
    pub(super) store: LossStore,
    /// The store on the device, where the epoch has ranks.
    pub(super) ranked: Option<RankedImages>,
    pub(super) accumulator: GradientsAccumulator<Network>,
    /// What the device has to say of the step before, on its way.
    pub(super) answer: Option<(Place, Answer)>,
    /// Names of the training images, for errors.
    pub(super) stems: Vec<String>,
    /// Those whose pixels are all ignored, of which it has been said.
    pub(super) said_empty: BTreeSet<usize>,
    pub(super) steps_per_epoch: usize,
    pub(super) classes: usize,
    /// Set by tests alone.
    pub(super) after_forward: Option<AfterForward<'a>>,
}

/// What a forward and a backward pass give.
pub(crate) struct Passes<T> {
    pub(crate) outputs: Outputs,
    pub(crate) losses: ImageLosses,
    pub(crate) gradients: GradientsParams,
    /// What `total` has given beside the number that is differentiated.
    pub(crate) rest: T,
}

/// The `forward` pass of a network on a batch, the loss of each of its images, and the gradients of their `total`, which is the
/// first thing that `total` gives.
pub(crate) fn forward_backward<T>(
    network: &Network,
    loss: &Loss,
    forward: impl FnOnce(&Network) -> Outputs,
    labels: Tensor<3, Int>,
    total: impl FnOnce(&Outputs, &ImageLosses) -> (Tensor<1>, T),
) -> Passes<T> {
    let outputs = forward(network);
    let losses = loss.weighted_image_losses(&outputs.logits, &outputs.weights, labels);
    let (total, rest) = total(&outputs, &losses);
    Passes {
        gradients: GradientsParams::from_grads(total.backward(), network),
        outputs,
        losses,
        rest,
    }
}

impl Training<'_> {
    /// One batch: forward, the images' weights, backward, and every `accumulate` batches an update.
    ///
    /// An operation that fails, on whatever thread, is an error of the step that it belongs to, before the next one begins.
    pub(super) fn step(
        &mut self,
        batch: HostBatch,
        place: Place,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        if self.recipe.loss.skip_below > 0.0 {
            // Who may be left out depends on the losses of the step before.
            self.take_answer(sums)?;
        }
        let asked = panics::caught(|| self.compute(batch, place, sums));
        let Some(answer) = asked.map_err(|error| error.at(place))? else {
            return Ok(());
        };
        // The step before is done by the time that this one is in the queue: waiting for it keeps the device busy.
        let before = self.answer.replace((place, answer));
        before.map_or(Ok(()), |(place, answer)| self.hear(place, answer, sums))?;
        panics::check().map_err(|error| error.at(place))
    }

    /// Puts a step in the device's queue and asks for its answer; none for a batch whose images are all left out.
    fn compute(
        &mut self,
        batch: HostBatch,
        place: Place,
        sums: &mut EpochSums,
    ) -> Result<Option<Answer>, RunnerError> {
        panics::check()?;
        let Place { epoch, step } = place;
        // Dropout draws from the device's generator: seeded by epoch and step, any step can be taken again.
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

        // Images left out count in the batch's mean with the weight 0 that they nearly have.
        let share = batch.indices.len() as f64 / (whole * self.recipe.train.accumulate) as f64;
        let ignore = config.ignore;
        let (indices, images, labels) = self.upload(batch);
        let passes = forward_backward(
            &self.network,
            &self.loss,
            |network| {
                let outputs = network.forward(images);
                match self.after_forward {
                    Some(after_forward) => after_forward(place, outputs),
                    None => outputs,
                }
            },
            labels.clone(),
            |outputs, losses| {
                let weights = match &mut self.ranked {
                    Some(ranked) => ranked.weigh(&losses.loss, &indices),
                    None => losses.loss.clone().inner().ones_like(),
                };
                let mut total = weighted_mean(losses.loss.clone(), weights.clone()) * share;
                if let Some(gate) = &outputs.gate {
                    total = total + gate_loss(gate.clone(), labels, ignore) * share;
                }
                (total, weights)
            },
        );
        let (losses, weights) = (passes.losses, passes.rest);
        self.accumulator.accumulate(&self.network, passes.gradients);
        let last = step + 1 == self.steps_per_epoch;
        let norm = if last || (step + 1).is_multiple_of(self.recipe.train.accumulate) {
            Some(self.update(self.rate(epoch, step))?)
        } else {
            None
        };
        Answer::ask(losses, weights, norm, indices).map(Some)
    }

    /// One update; gives the length of its gradients.
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

    /// The batch's images on the device, after their positions in the training set and before their labels.
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

    /// Puts the store on the device for an epoch.
    pub(super) fn rank(&mut self, epoch: usize) {
        let device = self.device.clone().inner();
        let epochs = self.recipe.train.epochs;
        self.ranked = RankedImages::new(&self.store, self.loss.config(), epoch, epochs, &device);
    }

    /// Waits for the step before, if its answer is still on its way.
    pub(super) fn take_answer(&mut self, sums: &mut EpochSums) -> Result<(), RunnerError> {
        match self.answer.take() {
            Some((place, answer)) => self.hear(place, answer, sums),
            None => Ok(()),
        }
    }

    /// Waits for the answer of the step at `place`, checks it, and adds it up.
    fn hear(
        &mut self,
        place: Place,
        answer: Answer,
        sums: &mut EpochSums,
    ) -> Result<(), RunnerError> {
        let heard = answer.wait().and_then(|answer| self.take_in(&answer, sums));
        heard.map_err(|error| error.at(place))
    }

    /// Checks an answer and adds it up.
    fn take_in(&mut self, answer: &Heard, sums: &mut EpochSums) -> Result<(), RunnerError> {
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
                "lower optimizer.learning_rate (now {}) or set optimizer.clip_norm",
                self.recipe.optimizer.learning_rate
            ),
        ))
    }

    fn not_finite(&self, image: usize, error: &loss::LossError) -> RunnerError {
        RunnerError::failed(
            format!("image '{}': {error}", self.stems[image]),
            "look at the image and its labels (`selvedge data check`), or lower optimizer.learning_rate",
        )
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

    /// Saves a state as the checkpoint `name`; an error says what can be gone on with.
    pub(super) fn save(
        &self,
        folder: &RunWriter,
        name: &str,
        state: &TrainingState,
    ) -> Result<(), RunnerError> {
        let run = self.run.as_deref();
        folder
            .replace_checkpoint(name, |path| {
                checkpoint::save(path, run, &self.network, &self.optimizer, state)
            })
            .map_err(|error| with_a_way_on(error, folder))
    }

    /// Saves where training stands in the middle of an epoch, and says how to go on.
    pub(super) fn interrupt(
        &mut self,
        state: &mut TrainingState,
        folder: &RunWriter,
    ) -> RunnerError {
        let saved = self.take_answer(&mut state.sums).and_then(|()| {
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

/// One seed for each step of a run.
fn seed_of_step(seed: u64, epoch: usize, step: usize) -> u64 {
    seed ^ ((epoch as u64) << 40) ^ ((step as u64) << 20)
}
