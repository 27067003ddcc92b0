//! `live.html`: a training while it runs, for any browser, without a server. Written again after each epoch; it loads itself again
//! until the training ends.

mod body;
mod strip;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::error::RunnerError;
use crate::page::Page;
use crate::recipe::sections::TrainConfig;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::legs::Course;
use crate::run_folder::previews::Previews;
use crate::run_folder::scores::EpochScores;
use crate::run_folder::writer::RunWriter;
use crate::text::time::readable_time;
use crate::training::live::strip::Strip;

/// Its name in a run folder.
pub(super) const FILE: &str = "live.html";
/// Seconds after which the page loads itself again.
const RELOAD: u32 = 10;

/// What a training is doing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    /// Its first epoch in this process has begun.
    Starting,
    /// It has finished an epoch.
    Training,
    /// Its epochs are trained, as described; the test images are being scored.
    Evaluating(Course),
    /// Everything is done.
    Finished(Course),
    /// It was interrupted or has failed, with this message.
    Stopped(String),
}

/// The page of a training.
#[derive(Debug)]
pub(super) struct LivePage {
    recipe: String,
    /// What does not change, as names and values.
    facts: Vec<(&'static str, String)>,
    class_names: Vec<String>,
    epochs: usize,
    run: PathBuf,
    strip: Strip,
    /// Time of the epochs that this process has trained, and their number.
    trained: (Duration, u32),
    is_warned: bool,
}

impl LivePage {
    /// A page for the run `run`; `facts` do not change.
    pub(super) fn new(
        recipe: &str,
        facts: Vec<(&'static str, String)>,
        class_names: &[String],
        train: &TrainConfig,
        run: &RunWriter,
    ) -> Self {
        Self {
            recipe: recipe.to_string(),
            facts,
            class_names: class_names.to_vec(),
            epochs: train.epochs,
            run: run.path().to_path_buf(),
            strip: Strip::default(),
            trained: (Duration::ZERO, 0),
            is_warned: false,
        }
    }

    /// Notes the time of an epoch, from which the time left is estimated.
    pub(super) fn note(&mut self, timing: EpochTiming) {
        self.trained.0 += timing.whole;
        self.trained.1 += 1;
    }

    /// Writes the page. A failure is a warning, once: training does without the page.
    pub(super) fn write(
        &mut self,
        run: &RunWriter,
        scores: &[EpochScores],
        warnings: &[String],
        previews: &Previews,
        state: &State,
    ) {
        let written = self.try_to_write(run, scores, warnings, previews, state);
        if let Err(error) = written
            && !std::mem::replace(&mut self.is_warned, true)
        {
            tracing::warn!(
                "{FILE} could not be written: {}; training continues without it",
                error.message()
            );
        }
    }

    fn try_to_write(
        &mut self,
        run: &RunWriter,
        scores: &[EpochScores],
        warnings: &[String],
        previews: &Previews,
        state: &State,
    ) -> Result<(), RunnerError> {
        self.strip.update(run, previews)?;
        let page = Page {
            title: &self.title(scores, state),
            subtitle: &self.run.display().to_string(),
            refresh: state.is_running().then_some(RELOAD),
            script: None,
        };
        let body = self.body(
            scores,
            warnings,
            previews,
            state,
            &readable_time(SystemTime::now()),
        );
        run.write_record(FILE, page.render(&body).as_bytes())
    }

    fn title(&self, scores: &[EpochScores], state: &State) -> String {
        let done = scores.last().map_or(0, |line| line.epoch);
        let (recipe, epochs) = (&self.recipe, self.epochs);
        match state {
            State::Finished(_) => format!("{recipe}: finished"),
            State::Stopped(_) => format!("{recipe}: stopped after epoch {done} of {epochs}"),
            State::Evaluating(_) => format!("{recipe}: evaluating"),
            State::Starting | State::Training => format!("{recipe}: epoch {done} of {epochs}"),
        }
    }

    /// Seconds that the epochs after `done` will take; none before the first epoch of this process.
    fn seconds_left(&self, done: usize) -> Option<f64> {
        let left = self.epochs.saturating_sub(done);
        Some(self.seconds_per_epoch()? * left as f64)
    }

    /// Mean seconds of the epochs of this process; none before the first.
    fn seconds_per_epoch(&self) -> Option<f64> {
        let (time, epochs) = self.trained;
        (epochs > 0).then(|| time.as_secs_f64() / f64::from(epochs))
    }
}

impl State {
    fn is_running(&self) -> bool {
        matches!(self, Self::Starting | Self::Training | Self::Evaluating(_))
    }
}
