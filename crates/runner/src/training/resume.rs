//! Going on with a run: from which checkpoint, whether it is whole, and what is said of it.

use std::path::PathBuf;

use loss::LossStore;

use crate::error::RunnerError;
use crate::run_folder::checkpoint;
use crate::run_folder::checkpoint::state::{Extent, TrainingState};
use crate::run_folder::folder::{BEST, LAST, RunFolder};
use crate::run_folder::writer::RunWriter;
use crate::text::shell::quoted;
use crate::training::step::Training;

/// A run to go on with.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Its folder.
    pub run: PathBuf,
    /// `best` or `last`; none for the newest, with a look at `best`, which is needed at the end.
    pub from: Option<&'static str>,
    /// With another number of epochs than it has had so far, which its recipe is to keep.
    pub new_epochs: bool,
}

impl Resume {
    /// From the newest checkpoint, with the run's own recipe.
    pub fn of(run: impl Into<PathBuf>) -> Self {
        Self {
            run: run.into(),
            from: None,
            new_epochs: false,
        }
    }
}

impl Training<'_> {
    /// Takes up where a checkpoint of the run stands, and puts the folder in the same state.
    ///
    /// # Errors
    ///
    /// A checkpoint is damaged, of another run, or cannot be of this training; or the disk's.
    pub(super) fn go_on(
        &mut self,
        run: &RunWriter,
        resume: &Resume,
    ) -> Result<TrainingState, RunnerError> {
        let origin = match resume.from {
            Some(name) => name,
            None => self.newest(run)?,
        };
        let mut state = self.take_up(run, origin)?;
        if origin == BEST {
            // From here on there is no later state to go on from.
            self.save(run, LAST, &state)?;
        } else if state.best.is_some() || state.epoch > self.recipe.train.epochs {
            self.look_at_best(run, resume, &mut state)?;
        }
        run.truncate_scores_after(state.epoch - 1)?;
        if resume.new_epochs {
            self.lengthen(run, &state)?;
        }
        self.say_if_finished(run, &state);
        Ok(state)
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

    /// The checkpoint that a run is gone on from unless another is named: `last`, but for a kill after `best` was saved, or
    /// where `last` is saved more seldom.
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
        // Whether `best` can be used otherwise is looked at later.
        let best = state(BEST).ok();
        if last.is_some() && best.as_ref().map(time) <= last.as_ref().map(time) {
            return Ok(LAST);
        }
        tracing::info!(
            "{}: going on from {BEST}, which was saved after {LAST}",
            run.path().display()
        );
        Ok(BEST)
    }

    fn take_up(&mut self, run: &RunFolder, origin: &str) -> Result<TrainingState, RunnerError> {
        let extent = self.extent();
        let (network, optimizer) = (self.network.clone(), self.optimizer.clone());
        let (network, optimizer, state) =
            checkpoint::load(run, origin, network, optimizer, extent)?;
        (self.network, self.optimizer) = (network, optimizer);
        self.store = LossStore::from_vec(state.store.clone())?;
        Ok(state)
    }

    /// What will be evaluated at the end is looked at before the first epoch; if it is lost and the user goes on without it, the
    /// newest checkpoint takes its place.
    fn look_at_best(
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
            error.message
        );
        state.best = None;
        self.save(run, BEST, state)?;
        self.save(run, LAST, state)
    }

    fn lengthen(&self, run: &RunWriter, state: &TrainingState) -> Result<(), RunnerError> {
        let epochs = self.recipe.train.epochs;
        run.lengthen(&self.recipe.to_toml()?)?;
        tracing::warn!(
            "the run now has {epochs} epochs, of which {} are trained; from here on the learning rate is that of a training of \
             {epochs} epochs, so the whole is not what such a training would have been from its start",
            state.epoch - 1
        );
        Ok(())
    }

    fn say_if_finished(&self, run: &RunFolder, state: &TrainingState) {
        let epochs = self.recipe.train.epochs;
        if state.epoch > epochs && run.is_finished() {
            tracing::warn!(
                "{}: this run is finished, all of its {epochs} epochs are trained; it is only evaluated once more. To train \
                 longer: selvedge train --resume {} --epochs {}",
                run.path().display(),
                quoted(run.path()),
                epochs.saturating_mul(2)
            );
        }
    }
}
