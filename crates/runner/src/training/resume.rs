//! Resuming a run: the choice of its checkpoint, the checks, and the messages about it.

use std::path::PathBuf;

use loss::LossStore;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::recipe::sections::ScheduleName;
use crate::run_folder::checkpoint;
use crate::run_folder::checkpoint::state::{Extent, TrainingState};
use crate::run_folder::folder::{BEST, LAST, RunFolder};
use crate::run_folder::legs::{Ended, Leg, Legs, Plan};
use crate::run_folder::writer::RunWriter;
use crate::text::time::duration;
use crate::training::ending::{early_end, ending, longer};
use crate::training::step::Training;

/// A run to resume.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Its folder.
    pub run: PathBuf,
    /// `best` or `last`; none for the newest, after checking that `best` can be read at the end.
    pub from: Option<&'static str>,
    /// Whether a new length is asked for (`train.epochs`, `train.patience` or `train.max_hours`); the run's recipe keeps it.
    pub longer: bool,
}

impl Resume {
    /// From the newest checkpoint, with the run's own recipe.
    pub fn from_newest(run: impl Into<PathBuf>) -> Self {
        Self {
            run: run.into(),
            from: None,
            longer: false,
        }
    }
}

impl Training<'_> {
    /// Resumes from a checkpoint of the run, and puts the folder into the same state. Also returns the run's legs, with a new one if
    /// the run shall have another length.
    ///
    /// # Errors
    ///
    /// A checkpoint is damaged, belongs to another run, or does not fit this training; the run has had all the time of its new
    /// length; or the disk's error.
    pub(super) fn resume(
        &mut self,
        run: &RunWriter,
        resume: &Resume,
    ) -> Result<(TrainingState, Legs), RunnerError> {
        let mut legs = legs_of(run)?;
        let origin = match resume.from {
            Some(name) => name,
            None => self.newest(run)?,
        };
        let mut state = self.take_up(run, origin)?;
        if origin == BEST {
            // From here on this is the latest state to resume from.
            self.save(run, LAST, &state)?;
        } else if state.best.is_some() || state.epoch > self.recipe.train.epochs {
            self.check_best(run, resume, &mut state)?;
        }
        run.truncate_scores_after(state.epoch - 1)?;
        self.begin_leg(run, resume, &mut state, &mut legs)?;
        self.warn_if_finished(run, &state);
        Ok((state, legs))
    }

    /// Notes the first leg of a new run.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(super) fn first_leg(&self, run: &RunWriter) -> Result<Legs, RunnerError> {
        let legs = Legs::first(Plan::of(&self.recipe));
        legs.write(run)?;
        Ok(legs)
    }

    fn extent(&self) -> Extent {
        let train = &self.recipe.train;
        Extent {
            epochs: train.epochs,
            steps_per_epoch: self.steps_per_epoch,
            accumulate: train.accumulate,
            classes: self.classes,
            images: self.store.len(),
        }
    }

    /// The checkpoint to resume from unless the user names one: `last`, unless `best` is newer, because the run was killed after
    /// saving it or saves `last` less often.
    fn newest(&self, run: &RunFolder) -> Result<&'static str, RunnerError> {
        if !run.has_checkpoint(BEST) {
            return Ok(LAST);
        }
        let state = |name| checkpoint::load_state(run, name, self.extent());
        let last = if run.has_checkpoint(LAST) {
            Some(state(LAST)?)
        } else {
            None
        };
        let time = |state: &TrainingState| (state.epoch, state.step);
        // Whether `best` can be read is checked later.
        let best = state(BEST).ok();
        if last.is_some() && best.as_ref().map(time) <= last.as_ref().map(time) {
            return Ok(LAST);
        }
        tracing::info!(
            "{}: resuming from {BEST}, which was saved after {LAST}",
            run.path().display()
        );
        Ok(BEST)
    }

    fn take_up(&mut self, run: &RunFolder, origin: &str) -> Result<TrainingState, RunnerError> {
        let extent = self.extent();
        let (network, optimizer) = (self.network.clone(), self.optimizer.clone());
        let (network, optimizer, state) =
            checkpoint::load(run, origin, network, optimizer, extent, &mut self.images)?;
        (self.network, self.optimizer) = (network, optimizer);
        self.store = LossStore::from_vec(state.store.clone())?;
        Ok(state)
    }

    /// Checks, before the first epoch, the checkpoint that is evaluated at the end. If it is lost and the user resumes without it,
    /// the newest checkpoint takes its place.
    fn check_best(
        &self,
        run: &RunWriter,
        resume: &Resume,
        state: &mut TrainingState,
    ) -> Result<(), RunnerError> {
        let Err(error) = checkpoint::check_network(run, BEST, &self.network) else {
            return Ok(());
        };
        if resume.from.is_none() {
            return Err(error);
        }
        tracing::warn!(
            "{}; the last epoch takes its place until a better one comes",
            error.message()
        );
        (state.best, state.unimproved) = (None, 0);
        self.save(run, BEST, state)?;
        self.save(run, LAST, state)
    }

    /// Begins a new leg if the run shall have another length than its newest leg, or has ended and shall not.
    ///
    /// A kill between two of the files leaves an unfinished run whose recipe and legs differ; resuming it begins the leg again.
    fn begin_leg(
        &self,
        run: &RunWriter,
        resume: &Resume,
        state: &mut TrainingState,
        legs: &mut Legs,
    ) -> Result<(), RunnerError> {
        let (plan, before) = (Plan::of(&self.recipe), legs.last().plan);
        let seconds: f64 = run.read_seconds().iter().sum();
        let has_ended = ending(plan, state, seconds).is_some();
        if plan == before && !(resume.longer && has_ended) {
            return Ok(());
        }
        let continued = TrainingState {
            unimproved: 0,
            ..state.clone()
        };
        match ending(plan, &continued, seconds) {
            // Everything that was asked for is trained already.
            Some(Ended::AllEpochs) if plan == before => return Ok(()),
            Some(Ended::MaxHours) if resume.longer => return Err(out_of_time(&plan, seconds)),
            _ => {}
        }
        run.reopen()?;
        if *state != continued {
            *state = continued;
            self.save(run, LAST, state)?;
        }
        run.write_recipe(&self.recipe.to_toml()?)?;
        if state.epoch > plan.epochs {
            legs.replan(plan);
        } else {
            let leg = Leg::beginning(state.epoch, state.step, plan);
            legs.legs.push(leg);
            self.announce_leg(legs, before);
        }
        legs.write(run)
    }

    /// Describes a leg that begins: its epochs, its learning rates, and what it is not.
    fn announce_leg(&self, legs: &Legs, before: Plan) {
        let Leg {
            from_epoch, plan, ..
        } = legs.last();
        let (first, epochs) = (*from_epoch, plan.epochs);
        let number = legs.legs.len();
        let last_step = self.steps_per_epoch - 1;
        let [from, to] = [self.rate(first, 0), self.rate(epochs, last_step)];
        let spelt = spelt(plan.schedule);
        let rates = format!(
            "the learning rate ({spelt}) is that of a training of {epochs} epochs: {from:.2e} at its start, {to:.2e} at its end"
        );
        if before.epochs == epochs {
            tracing::warn!(
                "leg {number} begins: epochs {first} to {epochs}; {rates}, as planned before"
            );
            return;
        }
        tracing::warn!(
            "leg {number} begins: epochs {first} to {epochs}; {rates}. The epochs before it had the rates and image weights of \
             {}, so the result differs from one training of {epochs} epochs",
            before.epochs
        );
    }

    fn warn_if_finished(&self, run: &RunFolder, state: &TrainingState) {
        let train = &self.recipe.train;
        let seconds: f64 = run.read_seconds().iter().sum();
        let ended = ending(Plan::of(&self.recipe), state, seconds);
        let Some(ended) = ended.filter(|_| run.is_finished()) else {
            return;
        };
        let done = match early_end(ended, train, state, seconds) {
            None => format!("all of its {} epochs are trained", train.epochs),
            Some(early) => format!("it {early}"),
        };
        tracing::warn!(
            "{}: this run is finished, {done}; it is only evaluated again. To train longer: {}",
            run.path().display(),
            longer(ended, train, run.path())
        );
    }
}

/// The run's legs. A run of an earlier version is one leg, by its own recipe.
fn legs_of(run: &RunWriter) -> Result<Legs, RunnerError> {
    if let Some(legs) = Legs::read(run.path())? {
        return Ok(legs);
    }
    let legs = Legs::first(Plan::of(&Recipe::of_run(run.path())?));
    legs.write(run)?;
    Ok(legs)
}

/// The error of a run that shall be trained longer, but has had its time.
fn out_of_time(plan: &Plan, seconds: f64) -> RunnerError {
    RunnerError::mismatch(
        format!("less than train.max_hours, which is {}", plan.max_hours),
        format!("{} for the epochs so far", duration(seconds)),
        format!(
            "allow more hours, such as `--set train.max_hours={}`, or 0 for no limit",
            (seconds / 1800.0).ceil()
        ),
    )
    .at("the time of this run")
}

/// A schedule's name in a recipe.
fn spelt(schedule: ScheduleName) -> String {
    serde_json::to_value(schedule)
        .ok()
        .and_then(|name| name.as_str().map(str::to_string))
        .unwrap_or_default()
}
