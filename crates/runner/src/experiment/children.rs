//! Runs the work items of an experiment, each in a process of its own: a panic, a driver's crash or the end of memory then ends one
//! training and not the experiment.
//!
//! A child holds the reading end of a pipe. When this process ends, however it ends, the pipe closes, and the child saves its state
//! and ends too.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::experiment::item::Item;
use crate::experiment::plan::{FILE, Plan};
use crate::experiment::state::{Failure, State};
use crate::experiment::step::AGAIN;
use crate::files::disk;
use crate::text::shell::quoted;
use crate::text::time::duration;

const PAUSE: Duration = Duration::from_millis(20);
/// How often a training that asks for it is started again.
const TRIES: usize = 3;

/// How to run work items.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    /// Trainings at a time.
    pub(crate) jobs: usize,
    /// Threads of each; none to leave it to the system.
    pub(crate) threads: Option<usize>,
    /// The device, if it is not that of the plan.
    pub(crate) device: Option<DeviceRequest>,
}

/// What has been done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Trainings that were finished before.
    pub(crate) found: usize,
    /// Trainings that this call finished.
    pub(crate) done: usize,
    /// Trainings that failed, with their message.
    pub(crate) failed: Vec<String>,
}

struct Running {
    index: usize,
    tries: usize,
    child: Child,
    start: Instant,
}

/// Runs these items of the plan until all are finished or have failed.
///
/// # Errors
///
/// This program cannot be started again, or the disk's error; an interruption, after every child has saved its state.
pub(crate) fn run(
    plan: &Plan,
    experiment: &Path,
    indices: &[usize],
    engine: &Engine,
    interrupted: &AtomicBool,
) -> Result<Report, RunnerError> {
    let mut report = Report::default();
    let mut open: VecDeque<(usize, usize)> = VecDeque::new();
    for &index in indices {
        match State::of(&plan.items[index], experiment) {
            State::Finished => report.found += 1,
            _ => open.push_back((index, 1)),
        }
    }
    let all = open.len();
    let begin = Instant::now();
    let mut running: Vec<Running> = Vec::new();
    while !open.is_empty() || !running.is_empty() {
        if interrupted.load(Ordering::Relaxed) {
            return Err(stop(running, experiment));
        }
        while running.len() < engine.jobs
            && let Some((index, tries)) = open.pop_front()
        {
            let child = start(plan, experiment, index, engine)?;
            running.push(Running {
                index,
                tries,
                child,
                start: Instant::now(),
            });
        }
        let mut ended = Vec::new();
        for (place, work) in running.iter_mut().enumerate() {
            let state = work.child.try_wait();
            if let Some(status) = state.map_err(|error| unstartable(&error))? {
                ended.push((place, status));
            }
        }
        if ended.is_empty() {
            sleep(PAUSE);
        }
        for (place, status) in ended.into_iter().rev() {
            let work = running.swap_remove(place);
            let item = &plan.items[work.index];
            let finished = State::of(item, experiment) == State::Finished;
            if finished {
                report.done += 1;
            } else if status.code() == Some(AGAIN.into()) && work.tries < TRIES {
                open.push_back((work.index, work.tries + 1));
                continue;
            } else {
                let failure = note(item, experiment, status)?;
                tracing::warn!("{failure}");
                report.failed.push(failure);
            }
            let settled = report.done + report.failed.len();
            let left = begin
                .elapsed()
                .mul_f64((all - settled) as f64 / settled as f64);
            tracing::info!(
                "{settled} of {all}: {} {} after {:.0} s; about {} left",
                item.title(),
                if finished { "finished" } else { "failed" },
                work.start.elapsed().as_secs_f64(),
                duration(left.as_secs_f64())
            );
        }
    }
    Ok(report)
}

/// Starts a work item, whose messages go to a file next to its run folder.
fn start(
    plan: &Plan,
    experiment: &Path,
    index: usize,
    engine: &Engine,
) -> Result<Child, RunnerError> {
    let program = env::current_exe().map_err(|error| unstartable(&error))?;
    let log = plan.items[index].beside(experiment, ".log");
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(|error| RunnerError::unwritable(folder, error))?;
    }
    let file = disk::open(&log, OpenOptions::new().create(true).append(true))
        .map_err(|error| RunnerError::unwritable(&log, error))?;
    let mut command = Command::new(program);
    command
        .args(["experiment", "step"])
        .arg(experiment.join(FILE))
        .args(["--index", &index.to_string(), "--while-stdin-is-open"])
        .args(["--color", "never"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(file);
    if let Some(threads) = engine.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    if let Some(device) = engine.device {
        command.args(["--device", &device.to_string()]);
    }
    // The keyboard's Ctrl-C is for this process, which closes the pipe.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| unstartable(&error))
}

fn unstartable(error: &std::io::Error) -> RunnerError {
    RunnerError::failed(
        format!("this program cannot be started again for a training: {error}"),
        "check the system's limits on processes and memory",
    )
}

/// Lets every child save its state, and waits for it.
fn stop(running: Vec<Running>, experiment: &Path) -> RunnerError {
    tracing::info!(
        "waiting for {} to save",
        data::counted(running.len(), "training")
    );
    let mut children: Vec<Child> = running.into_iter().map(|work| work.child).collect();
    for child in &mut children {
        drop(child.stdin.take());
    }
    for child in &mut children {
        let _ = child.wait();
    }
    RunnerError::interrupted(experiment)
        .with_advice("the same command goes on where this one stopped")
}

/// The failure of a child, which is noted if the child could not do it itself.
fn note(item: &Item, experiment: &Path, status: ExitStatus) -> Result<String, RunnerError> {
    if let Some(failure) = Failure::read(item, experiment) {
        return Ok(failure.message);
    }
    let log: PathBuf = item.beside(experiment, ".log");
    let error = RunnerError::failed(
        format!("{}: its process ended with {status}", item.title()),
        format!("its last messages are in {}", quoted(&log)),
    );
    Failure::from(&error).write(item, experiment)?;
    Ok(error.message())
}
