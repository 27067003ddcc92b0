//! When a training ends, what it says then, and how it is trained longer.

use std::path::Path;

use crate::recipe::sections::TrainConfig;
use crate::run_folder::checkpoint::state::TrainingState;
use crate::run_folder::legs::{Ended, Plan};
use crate::text::shell::quoted;
use crate::text::time::duration;

/// Why a training in this state ends, if the epochs so far have taken `seconds`; none if it continues.
pub(super) fn ending(plan: Plan, state: &TrainingState, seconds: f64) -> Option<Ended> {
    if state.epoch > plan.epochs {
        Some(Ended::AllEpochs)
    } else if plan.patience > 0 && state.unimproved >= plan.patience {
        Some(Ended::Patience)
    } else {
        // An epoch that was interrupted is trained to its end, as it would have been without the interruption.
        (state.step == 0 && is_out_of_time(plan, seconds)).then_some(Ended::MaxHours)
    }
}

/// Whether `seconds` are all that a plan allows.
pub(super) fn is_out_of_time(plan: Plan, seconds: f64) -> bool {
    plan.max_hours > 0.0 && seconds >= 3600.0 * plan.max_hours
}

/// The command that trains a run longer that has ended.
pub(crate) fn longer(ended: Ended, train: &TrainConfig, run: &Path) -> String {
    let change = match ended {
        Ended::AllEpochs => format!("--epochs {}", train.epochs.saturating_mul(2)),
        Ended::Patience => format!("--epochs {}", train.epochs),
        Ended::MaxHours => format!("--set train.max_hours={}", 2.0 * train.max_hours),
    };
    format!("selvedge train --resume {} {change}", quoted(run))
}

/// Why a training ends early, in a state after `seconds`; none after all epochs.
pub(super) fn early_end(
    ended: Ended,
    train: &TrainConfig,
    state: &TrainingState,
    seconds: f64,
) -> Option<String> {
    let done = format!("ended after {} of {} epochs", state.epoch - 1, train.epochs);
    match ended {
        Ended::AllEpochs => None,
        Ended::Patience => {
            let best = state.best.map_or(0, |best| best.epoch);
            Some(format!(
                "{done}: the validation Dice has not improved for {} scored epochs (train.patience), since epoch \
                 {best}",
                state.unimproved
            ))
        }
        Ended::MaxHours => Some(format!(
            "{done}: the run has taken {}, and train.max_hours is {}",
            duration(seconds),
            train.max_hours
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::sections::ScheduleName;
    use crate::run_folder::checkpoint::state::Best;

    fn state(epoch: usize, step: usize, unimproved: usize) -> TrainingState {
        TrainingState {
            epoch,
            step,
            unimproved,
            best: Some(Best {
                epoch: 2,
                dice: 0.5,
            }),
            ..TrainingState::start(2)
        }
    }

    #[test]
    fn a_training_ends_by_whatever_comes_first() {
        let plan = Plan {
            epochs: 10,
            patience: 3,
            max_hours: 0.5,
            schedule: ScheduleName::Cosine,
        };
        let end = |state: &TrainingState, seconds| ending(plan, state, seconds);
        assert_eq!(end(&state(6, 0, 2), 1799.0), None);
        assert_eq!(end(&state(6, 0, 3), 0.0), Some(Ended::Patience));
        assert_eq!(end(&state(6, 0, 2), 1800.0), Some(Ended::MaxHours));
        assert_eq!(end(&state(6, 1, 2), 1800.0), None);
        assert_eq!(end(&state(11, 0, 3), 1800.0), Some(Ended::AllEpochs));
        let without = Plan {
            patience: 0,
            max_hours: 0.0,
            ..plan
        };
        assert_eq!(ending(without, &state(6, 0, 5), 1e9), None);
    }

    #[test]
    fn an_early_end_is_explained_and_a_command_trains_longer() {
        let train = TrainConfig {
            epochs: 40,
            patience: 3,
            max_hours: 0.5,
            ..TrainConfig::default()
        };
        let text = |ended| early_end(ended, &train, &state(6, 0, 3), 1810.0);
        let command = |ended| longer(ended, &train, Path::new("a b"));
        assert_eq!(text(Ended::AllEpochs), None);
        let patience = text(Ended::Patience).expect("early");
        assert!(
            patience.starts_with("ended after 5 of 40 epochs: the validation Dice has not improved for 3 scored epochs")
                && patience.ends_with("since epoch 2"),
            "{patience}"
        );
        let hours = text(Ended::MaxHours).expect("early");
        assert!(
            hours.ends_with("the run has taken 30 min, and train.max_hours is 0.5"),
            "{hours}"
        );
        for (ended, change) in [
            (Ended::AllEpochs, "--epochs 80"),
            (Ended::Patience, "--epochs 40"),
            (Ended::MaxHours, "--set train.max_hours=1"),
        ] {
            assert!(command(ended).ends_with(change), "{}", command(ended));
        }
    }
}
