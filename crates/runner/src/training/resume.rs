//! Resuming a run: the choice of its checkpoint, the checks, and the messages about it.

use std::path::PathBuf;

use loss::LossStore;

use crate::error::RunnerError;
use crate::run_folder::checkpoint;
use crate::run_folder::checkpoint::state::{Extent, TrainingState};
use crate::run_folder::folder::{BEST, LAST, RunFolder};
use crate::run_folder::writer::RunWriter;
use crate::text::shell::quoted;
use crate::training::step::Training;

/// A run to resume.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Its folder.
    pub run: PathBuf,
    /// `best` or `last`; none for the newest, after checking that `best` can be read at the end.
    pub from: Option<&'static str>,
    /// Whether the number of epochs differs from that of the run so far; its recipe then keeps the new one.
    pub new_epochs: bool,
}

impl Resume {
    /// From the newest checkpoint, with the run's own recipe.
    pub fn from_newest(run: impl Into<PathBuf>) -> Self {
        Self {
            run: run.into(),
            from: None,
            new_epochs: false,
        }
    }
}

impl Training<'_> {
    /// Resumes from a checkpoint of the run, and puts the folder into the same state.
    ///
    /// # Errors
    ///
    /// A checkpoint is damaged, belongs to another run, or does not fit this training; or the disk's error.
    pub(super) fn resume(
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
            // From here on this is the latest state to resume from.
            self.save(run, LAST, &state)?;
        } else if state.best.is_some() || state.epoch > self.recipe.train.epochs {
            self.check_best(run, resume, &mut state)?;
        }
        run.truncate_scores_after(state.epoch - 1)?;
        if resume.new_epochs {
            self.lengthen(run, &state)?;
        }
        self.warn_if_finished(run, &state);
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
        state.best = None;
        self.save(run, BEST, state)?;
        self.save(run, LAST, state)
    }

    fn lengthen(&self, run: &RunWriter, state: &TrainingState) -> Result<(), RunnerError> {
        let epochs = self.recipe.train.epochs;
        run.lengthen(&self.recipe.to_toml()?)?;
        tracing::warn!(
            "the run now has {epochs} epochs, and {} of them are trained; from here on the learning rate is that of a training of \
             {epochs} epochs, so the result differs from a training of {epochs} epochs from the start",
            state.epoch - 1
        );
        Ok(())
    }

    fn warn_if_finished(&self, run: &RunFolder, state: &TrainingState) {
        let epochs = self.recipe.train.epochs;
        if state.epoch > epochs && run.is_finished() {
            tracing::warn!(
                "{}: this run is finished, all of its {epochs} epochs are trained; it is only evaluated again. To train \
                 longer: selvedge train --resume {} --epochs {}",
                run.path().display(),
                quoted(run.path()),
                epochs.saturating_mul(2)
            );
        }
    }
}
