//! One work item: trains until its run is finished, from wherever an earlier attempt stopped.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::device::panics;
use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::heartbeat::{self, Heartbeat};
use crate::experiment::item::Item;
use crate::experiment::plan::Plan;
use crate::experiment::state::{Failure, State};
use crate::files::disk;
use crate::files::lock::{Lock, Refused};
use crate::recipe::Recipe;
use crate::run_folder::folder::{LOCK, RunFolder};
use crate::training::options::TrainOptions;
use crate::training::resume::Resume;
use crate::training::train::train;

/// Exit code of a work item that saved its state and has to be started again: `EX_TEMPFAIL` of sysexits.h, which engines requeue.
pub(crate) const AGAIN: u8 = 75;

/// How long a work item waits for another process that works on it: one that was told to stop is saving.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Works on a training of a plan. Returns whether there was anything to do.
///
/// # Errors
///
/// The training's own, which is noted next to its run; with the code [`AGAIN`] an interruption, after the state has been saved, or
/// another process that works on it.
pub(crate) fn work(
    plan: &Plan,
    experiment: &Path,
    index: usize,
    device: Option<DeviceRequest>,
    interrupted: &AtomicBool,
) -> Result<bool, RunnerError> {
    let Some(item) = plan.items.get(index) else {
        return Err(RunnerError::fixable(
            format!(
                "--index {index}: expected a number from 0 to {}, the trainings of this plan",
                plan.items.len().saturating_sub(1)
            ),
            "see `selvedge experiment status`",
        ));
    };
    let folder = item.folder(experiment);
    let lock = folder.join(LOCK);
    env::set_current_dir(&plan.directory)
        .map_err(|error| RunnerError::unreadable(&plan.directory, error))?;
    loop {
        wait_for(&lock)?;
        let outcome = attempt(plan, item, experiment, device, interrupted);
        let is_taken = outcome.is_err() && heartbeat::holder(&lock).is_some();
        // Another work item was faster, after both had found it free: its turn.
        if !is_taken || interrupted.load(Ordering::Relaxed) {
            return outcome;
        }
    }
}

/// One attempt at a training that nobody seemed to work on.
fn attempt(
    plan: &Plan,
    item: &Item,
    experiment: &Path,
    device: Option<DeviceRequest>,
    interrupted: &AtomicBool,
) -> Result<bool, RunnerError> {
    let folder = item.folder(experiment);
    let lock = folder.join(LOCK);
    if State::of(item, experiment) == State::Finished {
        Failure::remove(item, experiment)?;
        return Ok(false);
    }
    Failure::remove(item, experiment)?;
    let resume = prepare(&folder)?;
    let recipe = match &resume {
        Some(_) => Recipe::of_run(&folder)?,
        None => item.recipe()?,
    };
    let device = match device {
        Some(device) => device,
        None => plan
            .device
            .parse::<DeviceRequest>()
            .map_err(|error: String| {
                RunnerError::fixable(
                    format!("device of the plan: {error}"),
                    "give another with `--device`",
                )
            })?,
    };
    let options = TrainOptions {
        recipe,
        data: plan.data.clone(),
        out: resume.is_none().then(|| folder.clone()),
        device,
        resume,
        tensorboard: false,
        quiet: true,
    };
    let _beat = Heartbeat::start(lock.clone());
    match panics::caught(|| train(&options, interrupted)) {
        Ok(_) => Ok(true),
        Err(error) if error.exit_code == 130 => Err(error.with_exit_code(AGAIN)),
        // Another work item was faster.
        Err(error) if heartbeat::holder(&lock).is_some() => Err(error.with_exit_code(AGAIN)),
        Err(error) => {
            let error = error.at(item.title());
            Failure::from(&error).write(item, experiment)?;
            Err(error)
        }
    }
}

/// Waits until no other process has the lock, for a while.
fn wait_for(lock: &Path) -> Result<(), RunnerError> {
    let start = Instant::now();
    heartbeat::remove_silent(lock)?;
    while let Some(holder) = heartbeat::holder(lock) {
        if start.elapsed() > PATIENCE {
            let message = format!(
                "{}: expected no other process that works on this training, found one: {}",
                lock.display(),
                holder.describe()
            );
            let advice = "wait until it ends, and start this one again";
            return Err(RunnerError::fixable(message, advice).with_exit_code(AGAIN));
        }
        sleep(PAUSE);
    }
    Ok(())
}

/// How to resume the run in this folder; none for a new one. What was left by a kill before the first checkpoint is removed.
fn prepare(folder: &Path) -> Result<Option<Resume>, RunnerError> {
    if !folder.exists() {
        return Ok(None);
    }
    if RunFolder::open(folder).is_ok() {
        return Ok(Some(Resume::from_newest(folder)));
    }
    let path = folder.join(LOCK);
    let lock = Lock::take(&path).map_err(|refused| match refused {
        Refused::Disk(_) => refused.error(folder, &path),
        Refused::Running(_) | Refused::Elsewhere(_) => {
            refused.error(folder, &path).with_exit_code(AGAIN)
        }
    })?;
    // Its folder's name is a hash, so that everything in it was written for this training.
    for entry in fs::read_dir(folder)
        .map_err(|error| RunnerError::unreadable(folder, error))?
        .flatten()
    {
        let path = entry.path();
        if path.ends_with(LOCK) {
            continue;
        }
        let removed = if path.is_dir() {
            disk::remove_folder(&path)
        } else {
            disk::remove_file(&path)
        };
        removed.map_err(|error| RunnerError::unwritable(&path, error))?;
    }
    drop(lock);
    Ok(None)
}

/// Threads of a work item: those that were asked for, else those that Slurm gave to the task; none to leave it to the system.
pub(crate) fn threads(asked: Option<usize>) -> Option<usize> {
    let given = |name: &str| {
        env::var(name)
            .ok()?
            .parse::<usize>()
            .ok()
            .filter(|count| *count > 0)
    };
    asked.or_else(|| {
        if env::var_os("RAYON_NUM_THREADS").is_some() {
            return None;
        }
        given("SLURM_CPUS_PER_TASK")
    })
}

/// Bounds the threads of this process.
///
/// # Errors
///
/// They have been started already.
pub(crate) fn bound_threads(count: Option<usize>) -> Result<(), RunnerError> {
    let Some(count) = count else { return Ok(()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .map_err(RunnerError::bug)
}
