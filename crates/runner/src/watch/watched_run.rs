//! What a run's files say about it now.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::files::input::{NOTES, read_text};
use crate::files::lock::Lock;
use crate::files::lock::holder::Holder;
use crate::recipe::Recipe;
use crate::run_folder::folder::{BEST, LAST, LOCK, RunFolder};
use crate::run_folder::legs::{Course, Ended};
use crate::run_folder::live::{LiveState, Phase};
use crate::run_folder::scores::EpochScores;
use crate::text::shell::quoted;
use crate::text::time::duration;
use crate::training::ending::longer;
use crate::training::warnings::current_warnings;

/// The epochs whose mean time is expected of the next ones.
const RECENT: usize = 5;

/// Whether a training runs, as far as this process can know.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    /// A process of this machine writes to the folder.
    Running,
    /// The lock names a process of another machine, which cannot be checked from here.
    Elsewhere(String),
    /// Its process has ended, and the run is not finished; with the reason that it gave.
    Stopped(Option<String>),
    /// It is finished; how it went, unless an earlier version trained it.
    Finished(Option<Course>),
}

/// A run, as its files show it at one moment.
#[derive(Debug)]
pub(super) struct WatchedRun {
    pub(super) folder: RunFolder,
    /// None before the data are read.
    pub(super) recipe: Option<Recipe>,
    /// Names of its classes, background first.
    pub(super) classes: Vec<String>,
    pub(super) device: Option<String>,
    pub(super) is_on_gpu: bool,
    pub(super) scores: Vec<EpochScores>,
    /// Seconds of its epochs.
    pub(super) seconds: Vec<f64>,
    pub(super) live: Option<LiveState>,
    pub(super) condition: Condition,
    /// Age of the last sign of life.
    pub(super) silence: Option<Duration>,
}

impl WatchedRun {
    /// Reads the files of a run. What is missing or being written is not shown.
    pub(super) fn read(folder: &RunFolder, now: SystemTime) -> Self {
        let path = folder.path();
        let environment = json(&path.join("environment.json")).unwrap_or_default();
        let live = LiveState::read(path);
        Self {
            recipe: Recipe::of_run(path).ok(),
            classes: classes(&environment),
            device: device(&environment),
            is_on_gpu: environment
                .pointer("/device/api")
                .is_some_and(Value::is_string),
            condition: condition(folder, live.as_ref()),
            scores: folder.read_whole_scores(),
            seconds: folder.read_seconds(),
            silence: live.as_ref().map(|live| live.age(now)),
            live,
            folder: folder.clone(),
        }
    }

    /// Its folder's name.
    pub(super) fn name(&self) -> String {
        let path = self.folder.path();
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Epochs that are trained.
    pub(super) fn done(&self) -> usize {
        self.scores.last().map_or(0, |line| line.epoch)
    }

    /// Epochs that it shall train.
    pub(super) fn epochs(&self) -> usize {
        let planned = self.recipe.as_ref().map(|recipe| recipe.train.epochs);
        planned.unwrap_or_else(|| self.done())
    }

    /// The first epoch with the best validation Dice.
    pub(super) fn best(&self) -> Option<&EpochScores> {
        let scored = self.scores.iter().filter(|line| line.dice.is_some());
        scored.rev().max_by(|one, other| {
            one.dice
                .unwrap_or(0.0)
                .total_cmp(&other.dice.unwrap_or(0.0))
        })
    }

    /// The last epoch that was scored.
    pub(super) fn last_scored(&self) -> Option<&EpochScores> {
        let mut latest = self.scores.iter().rev();
        latest.find(|line| !line.per_class.is_empty())
    }

    /// The sign of life, if it is of a training that runs.
    pub(super) fn beat(&self) -> Option<&LiveState> {
        let runs = matches!(self.condition, Condition::Running | Condition::Elsewhere(_));
        let beat = self.live.as_ref().filter(|_| runs);
        // One from before a resumption, or from before the last epoch, says nothing.
        beat.filter(|beat| beat.phase != Phase::Stopped && beat.epoch >= self.done())
    }

    /// Mean seconds of the last epochs.
    fn seconds_per_epoch(&self) -> Option<f64> {
        let recent = &self.seconds[self.seconds.len().saturating_sub(RECENT)..];
        let sum: f64 = recent.iter().sum();
        (!recent.is_empty()).then(|| sum / recent.len() as f64)
    }

    /// Seconds that a running training still takes if it trains all of its epochs, without the evaluation; none before that can be
    /// estimated.
    pub(super) fn seconds_left(&self) -> Option<f64> {
        let left = self.epochs().saturating_sub(self.done());
        let under_way = self.beat().filter(|beat| beat.epoch == self.done() + 1);
        let by_steps = under_way.and_then(|beat| {
            let step = beat.seconds_per_step?;
            Some([step * beat.steps as f64, step * beat.step as f64])
        });
        let [mean, spent] = match (self.seconds_per_epoch(), by_steps) {
            (Some(mean), Some([_, spent])) => [mean, spent.min(mean)],
            (Some(mean), None) => [mean, 0.0],
            (None, Some([epoch, spent])) => [epoch, spent],
            (None, None) => return None,
        };
        Some((mean * left as f64 - spent).max(0.0))
    }

    /// What it does, in a sentence or two. [`remedy`](Self::remedy) is what can be done about it.
    pub(super) fn sentence(&self) -> String {
        let (done, epochs) = (self.done(), self.epochs());
        match &self.condition {
            Condition::Running => self.activity(),
            Condition::Elsewhere(who) => format!(
                "{} By its lock, it runs elsewhere ({who}), which cannot be checked from here.{}",
                self.activity(),
                match self.silence {
                    Some(age) if age.as_secs() > 5 => format!(
                        " Its last sign of life is {} old.",
                        duration(age.as_secs_f64())
                    ),
                    _ => String::new(),
                }
            ),
            Condition::Stopped(reason) => {
                let reason = reason.as_deref().unwrap_or(
                    "its process has ended without saving a reason: it was killed, or the machine went down",
                );
                let reason = reason.trim_end_matches('.');
                format!("Stopped after {done} of {epochs} epochs: {reason}.")
            }
            Condition::Finished(course) => {
                let ending = course.as_ref().map_or_else(
                    || format!("{done} epochs are trained."),
                    Course::ending_in_words,
                );
                let legs = course.as_ref().and_then(Course::legs_in_words);
                let legs = legs.map_or(String::new(), |legs| format!(" {legs}"));
                format!("Finished and evaluated. {ending}{legs}")
            }
        }
    }

    /// What a training that runs does now.
    fn activity(&self) -> String {
        let epochs = self.epochs();
        let Some(beat) = self.beat() else {
            if self.recipe.is_none() {
                return "Starting: it reads its data.".into();
            }
            return format!("Running: {} of {epochs} epochs are done.", self.done());
        };
        let LiveState {
            epoch, step, steps, ..
        } = beat;
        match beat.phase {
            Phase::Evaluating => "Evaluating the best epoch on the test images.".into(),
            Phase::Validating => {
                format!("Epoch {epoch} of {epochs}: scoring the validation images.")
            }
            Phase::Training | Phase::Stopped => {
                let speed = beat
                    .seconds_per_step
                    .map_or(String::new(), |seconds| format!(", {seconds:.2} s each"));
                format!("Epoch {epoch} of {epochs}: {step} of {steps} steps{speed}.")
            }
        }
    }

    /// What to do with a run that has stopped or is finished.
    pub(super) fn remedy(&self) -> String {
        let path = self.folder.path();
        match &self.condition {
            Condition::Stopped(_)
                if self.folder.has_checkpoint(LAST) || self.folder.has_checkpoint(BEST) =>
            {
                format!("Resume it: selvedge train --resume {}", quoted(path))
            }
            Condition::Stopped(_) => "Nothing was saved yet: start it again.".into(),
            Condition::Finished(course) => self.recipe.as_ref().map_or(String::new(), |recipe| {
                let ended = course
                    .as_ref()
                    .map_or(Ended::AllEpochs, |course| course.ended);
                format!("To train longer: {}", longer(ended, &recipe.train, path))
            }),
            Condition::Running | Condition::Elsewhere(_) => String::new(),
        }
    }

    /// Its warnings so far.
    pub(super) fn warnings(&self) -> Vec<String> {
        let Some(recipe) = &self.recipe else {
            return Vec::new();
        };
        let (ended, end) = match &self.condition {
            Condition::Finished(Some(course)) => (course.ended, course.trained_epochs),
            _ => (Ended::AllEpochs, recipe.train.epochs),
        };
        let longer = longer(ended, &recipe.train, self.folder.path());
        current_warnings(&self.scores, end, &longer, &self.classes)
    }
}

/// Whether a process writes to the folder, and if not, how the run ended.
fn condition(folder: &RunFolder, live: Option<&LiveState>) -> Condition {
    let lock = folder.path().join(LOCK);
    // The lock first: a training writes its summary before it gives the lock back.
    let held = Holder::read(&lock).map(|holder| (Lock::is_held(&lock, &holder), holder));
    if folder.is_finished() {
        return Condition::Finished(Course::of_run(folder));
    }
    match held {
        Some((Some(true), _)) => Condition::Running,
        Some((None, holder)) => Condition::Elsewhere(holder.describe()),
        Some((Some(false), _)) | None => {
            let reason = live.filter(|live| live.phase == Phase::Stopped);
            Condition::Stopped(reason.and_then(|live| live.message.clone()))
        }
    }
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_str(&read_text(path, NOTES).ok()?).ok()
}

fn classes(environment: &Value) -> Vec<String> {
    let names = environment.get("classes").and_then(Value::as_array);
    let names = names.map_or(&[][..], Vec::as_slice).iter();
    names
        .map(|name| name.as_str().unwrap_or_default().to_string())
        .collect()
}

/// Name and graphics API, or instruction set, of the device.
fn device(environment: &Value) -> Option<String> {
    let text = |key: &str| environment.pointer(&format!("/device/{key}"))?.as_str();
    let name = text("name")?;
    Some(match text("api").or_else(|| text("instructions")) {
        Some(more) => format!("{name}, {more}"),
        None => name.to_string(),
    })
}

#[cfg(test)]
mod tests;
