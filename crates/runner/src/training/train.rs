//! The training loop, read from top to bottom: prepare, one epoch after another, finish.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::Device;
use data::{BatchSource, EpochBatches};

use crate::error::RunnerError;
use crate::prediction::evaluation::{self, Evaluation, RunSummary};
use crate::prediction::predictor::best_predictor;
use crate::run_folder::checkpoint::state::{Best, TrainingState};
use crate::run_folder::epoch_sums::EpochSums;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::folder::{BEST, LAST, RunFolder};
use crate::run_folder::legs::{Course, Ended, Legs, Plan};
use crate::run_folder::live::LiveState;
use crate::run_folder::scores::EpochScores;
use crate::run_folder::writer::RunWriter;
use crate::terminal::interruption::Steps;
use crate::terminal::progress::Progress;
use crate::training::ending::{early_end, ending, is_out_of_time, longer};
use crate::training::prepare::{Prepared, prepare};
use crate::training::records::EpochRecords;
use crate::training::resume_hint::with_resume_hint;
use crate::training::step::{AfterForward, Training};
use crate::training::validate::validate;

pub use crate::training::options::TrainOptions;
pub use crate::training::resume::Resume;
pub use crate::training::step_id::StepId;

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
    train_hooked(options, interrupted, None)
}

/// Like [`train`], with `after_forward` called in every step: a test makes an operation fail with it.
///
/// # Errors
///
/// Those of [`train`].
#[doc(hidden)]
pub fn train_with_hook(
    options: &TrainOptions,
    interrupted: &AtomicBool,
    after_forward: AfterForward<'_>,
) -> Result<(RunFolder, Evaluation), RunnerError> {
    train_hooked(options, interrupted, Some(after_forward))
}

fn train_hooked(
    options: &TrainOptions,
    interrupted: &AtomicBool,
    after_forward: Option<AfterForward<'_>>,
) -> Result<(RunFolder, Evaluation), RunnerError> {
    let progress = Progress::new(options.quiet);
    let mut prepared = prepare(options, progress)?;
    prepared.training.after_forward = after_forward;
    let mut records = EpochRecords::begin(options, &prepared)?;
    let trained = train_epochs(options, interrupted, progress, &mut prepared, &mut records)
        .and_then(|ended| evaluate_best(options, progress, &prepared, &mut records, ended));
    let folder = &prepared.folder;
    let finished = trained.and_then(|(evaluation, course)| {
        records.end(folder, Ok(&course));
        let summary = RunSummary {
            evaluation: &evaluation,
            course: Some(course),
        };
        // A finished run gives no sign of life. The summary is the last writing of all: a run that has one is complete, and nobody
        // works on it again.
        LiveState::remove(folder)
            .and_then(|()| folder.write_summary(&summary))
            .map_err(|error| with_resume_hint(error, folder))?;
        Ok(evaluation)
    });
    if let Err(error) = &finished {
        records.end(folder, Err(error));
    }
    Ok((folder.folder().clone(), finished?))
}

/// Trains one epoch after another. Returns why that ended.
fn train_epochs(
    options: &TrainOptions,
    interrupted: &AtomicBool,
    progress: Progress,
    prepared: &mut Prepared<'_>,
    records: &mut EpochRecords,
) -> Result<Ended, RunnerError> {
    let recipe = &options.recipe;
    let Prepared {
        training,
        state,
        legs,
        dataset,
        source,
        validation,
        folder,
        device,
        device_name: _,
    } = prepared;
    let folder = &*folder;
    let (epochs, plan) = (recipe.train.epochs, Plan::of(recipe));
    let mut seconds: f64 = folder.read_seconds().iter().sum();
    let mut ended = ending(plan, state, seconds);
    let mut batches = source.epoch(state.epoch, state.step);
    let steps = Steps::begin();
    let mut is_first = true;
    while ended.is_none() {
        let start = Instant::now();
        let (epoch, before) = (state.epoch, legs.time_before(state.epoch, state.step));
        let bar = progress.epoch(epoch, epochs, training.steps_per_epoch, state.step);
        records.sign.begin(folder, epoch, state.step);
        let mut after_step = |training: &Training<'_>, state: &TrainingState| {
            if std::mem::take(&mut is_first) {
                // Pages that only the first step needed, for its optimizer.
                training.device.memory_cleanup();
            }
            progress.step(&bar, &state.sums);
            records.sign.step(folder, state.step);
        };
        let (waited_for_data, is_whole) =
            train_steps(training, state, &mut batches, interrupted, &mut after_step)
                .map_err(|error| with_resume_hint(error, folder))?;
        if !is_whole {
            legs.interrupt(epoch, state.step, before + start.elapsed());
            return Err(interrupt(training, state, legs, folder));
        }
        // The workers make them while this epoch is validated and saved.
        if epoch < epochs {
            batches = source.epoch(epoch + 1, 0);
        }

        records.sign.validate(folder);
        let trained = before + start.elapsed();
        let is_last = epoch == epochs || is_out_of_time(plan, seconds + trained.as_secs_f64());
        let validated = if epoch.is_multiple_of(recipe.train.evaluate_every) || is_last {
            let untaught = source.overview().missing(dataset.class_names.len());
            let validated = validate(
                &training.network.valid(),
                validation,
                &training.loss,
                dataset,
                &untaught,
                &records.watched.validation,
                device,
            );
            Some(validated.map_err(|error| with_resume_hint(error, folder))?)
        } else {
            None
        };
        let rate = training.rate(epoch, training.steps_per_epoch - 1);
        let scored = validated.as_ref();
        let scored = scored.map(|validated| (&validated.scores, validated.loss));
        let line = EpochScores {
            leg: legs.later(),
            ..EpochScores::new(epoch, rate, &state.sums, scored)
        };
        let timing = EpochTiming {
            // An epoch that is not scored is exactly as long as the time that decided that.
            whole: scored.map_or(trained, |_| before + start.elapsed()),
            waited_for_data,
        };
        seconds += timing.whole.as_secs_f64();
        let watched = validated.as_ref().map(|validated| &*validated.watched);
        let dice = scored.map(|(scores, _)| scores.dice.unwrap_or(0.0));
        let is_better = begin_next(state, training, dice);
        ended = ending(plan, state, seconds);
        let warnings = training
            .write_images(folder, epoch)
            .and_then(|()| records.write(folder, &line, timing, watched, ended))
            .map_err(|error| with_resume_hint(error, folder))?;
        progress.epoch_line(&bar, &line, epochs, &dataset.class_names, timing);
        print_warnings(&warnings);
        let ends = [epoch, ended.map_or(epochs, |_| epoch)];
        examine(records, training, folder, ends, source, device)
            .map_err(|error| with_resume_hint(error, folder))?;

        let stopping = interrupted.load(Ordering::Relaxed) && ended.is_none();
        let is_due = epoch.is_multiple_of(recipe.train.checkpoint_every);
        let names = [
            is_better.then_some(BEST),
            (is_due || ended.is_some() || stopping).then_some(LAST),
        ];
        for name in names.into_iter().flatten() {
            training.save(folder, name, state)?;
        }
        if stopping {
            return Err(RunnerError::interrupted(folder.path()));
        }
    }

    steps.end(RunnerError::interrupted(folder.path()))?;
    Ok(ended.unwrap_or(Ended::AllEpochs))
}

fn print_warnings(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// Trains the steps of an epoch that are left. Returns the time spent waiting for batches, and whether all steps are done: an
/// interruption ends them between two updates.
fn train_steps(
    training: &mut Training<'_>,
    state: &mut TrainingState,
    batches: &mut EpochBatches,
    interrupted: &AtomicBool,
    after_step: &mut dyn FnMut(&Training<'_>, &TrainingState),
) -> Result<(Duration, bool), RunnerError> {
    let mut waited_for_data = Duration::ZERO;
    let epoch = state.epoch;
    training.rank(epoch);
    while let Some(batch) = timed(&mut waited_for_data, || batches.next()) {
        let id = StepId {
            epoch,
            step: state.step,
        };
        training.step(batch?, id, &mut state.sums)?;
        state.step += 1;
        after_step(training, state);
        // Checkpoints do not contain gradients that are still being accumulated.
        let between_updates = state.step.is_multiple_of(training.recipe.train.accumulate);
        if interrupted.load(Ordering::Relaxed) && between_updates {
            return Ok((waited_for_data, false));
        }
    }
    training.collect_pending(&mut state.sums)?;
    Ok((waited_for_data, true))
}

/// Saves the state in the middle of an epoch, and the time that the epoch has taken. Returns how to resume.
fn interrupt(
    training: &mut Training<'_>,
    state: &mut TrainingState,
    legs: &Legs,
    folder: &RunWriter,
) -> RunnerError {
    let error = training.interrupt(state, folder);
    // Without it, only the time of these steps is lost.
    let _ = legs.write(folder);
    error
}

/// Evaluates the best epoch of a training that has ended.
fn evaluate_best(
    options: &TrainOptions,
    progress: Progress,
    prepared: &Prepared<'_>,
    records: &mut EpochRecords,
    ended: Ended,
) -> Result<(Evaluation, Course), RunnerError> {
    let recipe = &options.recipe;
    let Prepared {
        state,
        legs,
        dataset,
        folder,
        device,
        ..
    } = prepared;
    let early = early_end(
        ended,
        &recipe.train,
        state,
        folder.read_seconds().iter().sum(),
    );
    if let Some(early) = early.filter(|_| !folder.is_finished()) {
        let command = longer(ended, &recipe.train, folder.path());
        tracing::warn!("{early}; `{command}` continues");
    }
    let course = legs.course(ended, state.epoch - 1);
    records.evaluate(folder, course.clone());
    let classes = dataset.class_names.len();
    best_predictor(folder, recipe, classes, device.clone())
        .and_then(|predictor| evaluation::finish(folder, recipe, dataset, &predictor, progress))
        .map(|evaluation| (evaluation, course))
        .map_err(|error| with_resume_hint(error, folder))
}

/// Notes which pixels of the watched training images the pixel rule drops, in the epochs in which that is noted.
fn examine(
    records: &mut EpochRecords,
    training: &Training<'_>,
    folder: &RunWriter,
    epochs: [usize; 2],
    source: &BatchSource,
    device: &Device,
) -> Result<(), RunnerError> {
    let mut examined = Duration::ZERO;
    timed(&mut examined, || {
        let network = || training.network.valid();
        let (watched, loss) = (&records.watched, &training.loss);
        watched.examine(folder, epochs, source, network, loss, device)
    })?;
    records.add_cost(examined);
    Ok(())
}

/// The state before the next epoch, after one with this mean Dice, if it was scored. Returns whether it is the best one.
fn begin_next(state: &mut TrainingState, training: &Training<'_>, dice: Option<f64>) -> bool {
    // The first epoch that is scored is the best so far, whatever its scores.
    let better = dice.filter(|&dice| state.best.is_none_or(|best| dice > best.dice));
    let epoch = state.epoch;
    *state = TrainingState {
        epoch: epoch + 1,
        step: 0,
        best: better.map_or(state.best, |dice| Some(Best { epoch, dice })),
        unimproved: if better.is_some() {
            0
        } else {
            state.unimproved + usize::from(dice.is_some())
        },
        sums: EpochSums::new(training.classes),
        store: training.store.to_vec(),
    };
    better.is_some()
}

/// Runs `something`, and adds the time that it took to `waited`.
fn timed<T>(waited: &mut Duration, something: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = something();
    *waited += start.elapsed();
    done
}
