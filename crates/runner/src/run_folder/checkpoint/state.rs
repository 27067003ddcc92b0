//! The state of a training, and checks that it is possible.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::run_folder::epoch_sums::EpochSums;

/// The state of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainingState {
    /// The epoch under way, from 1.
    pub(crate) epoch: usize,
    /// Steps of this epoch that are done; with the recipe's seed they determine the remaining order of the data.
    pub(crate) step: usize,
    /// Best mean foreground Dice on the validation images so far, and its epoch.
    pub(crate) best: Option<Best>,
    /// Epochs that were scored since the best one.
    #[serde(default)]
    pub(crate) unimproved: usize,
    /// Sums over the steps of this epoch.
    pub(crate) sums: EpochSums,
    /// The loss store: the last known loss of every training image, NaN if it has none yet.
    pub(crate) store: Vec<f32>,
}

/// The best epoch so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub(crate) epoch: usize,
    pub(crate) dice: f64,
}

/// The extent of a training, by its recipe and its data: its states must fit it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) epochs: usize,
    pub(crate) steps_per_epoch: usize,
    pub(crate) accumulate: usize,
    pub(crate) classes: usize,
    pub(crate) images: usize,
}

/// Why a state is refused, and advice if it is not damaged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Impossible {
    pub(crate) message: String,
    pub(crate) help: Option<&'static str>,
}

impl TrainingState {
    /// Before the first step.
    pub(crate) fn start(classes: usize) -> Self {
        Self {
            epoch: 1,
            step: 0,
            best: None,
            unimproved: 0,
            sums: EpochSums::new(classes),
            store: Vec::new(),
        }
    }

    /// Whether the optimizer has already made an update.
    pub(crate) fn is_under_way(&self) -> bool {
        self.epoch > 1 || self.step > 0
    }

    /// Epochs that have begun, the one under way included.
    pub(crate) fn epochs_begun(&self) -> usize {
        self.epoch - usize::from(self.step == 0)
    }

    /// Checks that a training of this extent can be in this state: the recipe and the data must not contradict it.
    ///
    /// # Errors
    ///
    /// The first impossible number.
    pub(crate) fn check(&self, extent: Extent) -> Result<(), Impossible> {
        if self.store.len() != extent.images {
            return Err(Impossible {
                message: format!(
                    "expected the {} training images that the run began with, found {}",
                    self.store.len(),
                    extent.images
                ),
                help: Some("give the same data folder as before, or start a new training"),
            });
        }
        if self.epoch > extent.epochs + 1 {
            return Err(Impossible {
                message: format!(
                    "epoch: expected 1 to {}, of a run of {} epochs, found {}",
                    extent.epochs + 1,
                    extent.epochs,
                    self.epoch
                ),
                help: Some(
                    "if train.epochs was reduced, restore it: in the run's recipe.toml, or by `--epochs N`",
                ),
            });
        }
        let finished = self.epoch == extent.epochs + 1;
        let most_steps = if finished { 0 } else { extent.steps_per_epoch };
        let between_updates =
            self.step.is_multiple_of(extent.accumulate) || self.step == extent.steps_per_epoch;
        let classes = extent.classes;
        expect("epoch", "at least 1", self.epoch, self.epoch >= 1)?;
        expect(
            "step",
            format!("0 to {most_steps}, in whole updates"),
            self.step,
            self.step <= most_steps && between_updates,
        )?;
        if let Some(best) = self.best {
            let before = 1..self.epoch;
            expect(
                "best.epoch",
                format!("an epoch before {}", self.epoch),
                best.epoch,
                before.contains(&best.epoch),
            )?;
            let dice = 0.0..=1.0;
            expect("best.dice", "0 to 1", best.dice, dice.contains(&best.dice))?;
        }
        let after = self.best.map_or(0, |best| self.epoch - 1 - best.epoch);
        expect(
            "unimproved",
            format!("0 to {after}, the epochs since the best one"),
            self.unimproved,
            self.unimproved <= after,
        )?;
        let sums = &self.sums;
        for (key, counts) in [("sums.kept", &sums.kept), ("sums.valid", &sums.valid)] {
            expect(
                key,
                format!("{classes} numbers, one for each class"),
                counts.len(),
                counts.len() == classes,
            )?;
            let wrong = counts.iter().find(|count| !is_amount(**count));
            expect(
                key,
                "counts of pixels",
                wrong.unwrap_or(&0.0),
                wrong.is_none(),
            )?;
        }
        let seen = sums.images.saturating_add(sums.skipped);
        expect(
            "sums.images and sums.skipped",
            format!("at most the {} images", extent.images),
            seen,
            seen <= extent.images,
        )?;
        expect(
            "sums.loss",
            "a finite number",
            sums.loss,
            sums.loss.is_finite(),
        )?;
        expect(
            "sums.weight",
            "a sum of weights",
            sums.weight,
            is_amount(sums.weight),
        )?;
        let infinite = self.store.iter().find(|loss| loss.is_infinite());
        expect(
            "store",
            "losses of images",
            infinite.unwrap_or(&0.0),
            infinite.is_none(),
        )
    }
}

fn is_amount(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn expect(
    key: &str,
    expected: impl Display,
    found: impl Display,
    is_met: bool,
) -> Result<(), Impossible> {
    if is_met {
        return Ok(());
    }
    Err(Impossible {
        message: format!("{key}: expected {expected}, found {found}"),
        help: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Extent = Extent {
        epochs: 40,
        steps_per_epoch: 5,
        accumulate: 2,
        classes: 2,
        images: 3,
    };

    fn state() -> TrainingState {
        TrainingState {
            epoch: 3,
            step: 2,
            best: Some(Best {
                epoch: 2,
                dice: 0.5,
            }),
            store: vec![0.5, f32::NAN, 1.0],
            ..TrainingState::start(2)
        }
    }

    #[test]
    fn what_a_training_writes_is_taken() {
        assert_eq!(state().check(OF), Ok(()));
        let end_of_epoch = TrainingState { step: 5, ..state() };
        assert_eq!(end_of_epoch.check(OF), Ok(()));
        let finished = TrainingState {
            epoch: 41,
            step: 0,
            ..state()
        };
        assert_eq!(finished.check(OF), Ok(()));
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_name() {
        type Change = fn(&mut TrainingState);
        let changes: [(&str, Change); 19] = [
            ("epoch: expected at least 1", |state| {
                state.epoch = 0;
                state.best = None;
            }),
            ("epoch: expected 1 to 41", |state| state.epoch = 42),
            ("epoch: expected 1 to 41", |state| {
                state.epoch = usize::MAX;
            }),
            ("step: expected 0 to 5", |state| state.step = 6),
            ("step: expected 0 to 5", |state| {
                state.step = 1_000_000_000_000_000_000;
            }),
            ("in whole updates", |state| state.step = 3),
            ("step: expected 0 to 0", |state| {
                (state.epoch, state.step) = (41, 2);
            }),
            ("best.epoch", |state| {
                state.best = Some(Best {
                    epoch: 3,
                    dice: 0.5,
                });
            }),
            ("best.epoch", |state| {
                state.best = Some(Best {
                    epoch: 0,
                    dice: 0.5,
                });
            }),
            ("best.dice", |state| {
                state.best = Some(Best {
                    epoch: 1,
                    dice: f64::NAN,
                });
            }),
            ("unimproved", |state| state.unimproved = 1),
            ("unimproved", |state| {
                (state.best, state.unimproved) = (None, 1);
            }),
            ("sums.kept", |state| state.sums.kept.clear()),
            ("sums.valid", |state| state.sums.valid.push(1.0)),
            ("sums.kept", |state| state.sums.kept[1] = f64::NAN),
            ("sums.images", |state| state.sums.images = usize::MAX),
            ("sums.loss", |state| state.sums.loss = f64::INFINITY),
            ("sums.weight", |state| state.sums.weight = -1.0),
            ("store", |state| state.store[0] = f32::INFINITY),
        ];
        for (words, change) in changes {
            let mut state = state();
            change(&mut state);
            let refused = state.check(OF).expect_err(words);
            assert!(refused.message.contains(words), "{refused:?}");
        }
        let mut state = state();
        state.store.pop();
        let refused = state.check(OF).expect_err("an image less");
        assert!(
            refused
                .help
                .is_some_and(|help| help.contains("data folder"))
        );
    }
}
