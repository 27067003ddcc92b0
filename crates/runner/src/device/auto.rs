//! The decision of `--device auto`, as a choice among kinds of adapters, without drivers or clocks.

use ops::AdapterKind;

use crate::device::trial_result::Trial;

/// The chosen adapter, which is open, or the CPU.
#[derive(Debug, PartialEq)]
pub(super) struct Choice<T> {
    /// Which adapter; none for the CPU.
    pub(super) adapter: Option<(usize, T)>,
    /// The trial, if there was one.
    pub(super) trial: Option<Trial>,
}

/// A discrete GPU is always chosen. Any other GPU may be slower than the CPU whose memory it shares, so both run the same small
/// training once. A software adapter runs on the CPU anyway, and is never chosen.
///
/// `kinds` are those of the adapters, best first; `open` and `try_out` get an adapter's index among them.
pub(super) fn choose<T>(
    kinds: &[AdapterKind],
    mut open: impl FnMut(usize) -> Option<T>,
    try_out: impl FnOnce(usize) -> Trial,
) -> Choice<T> {
    let doubtful = |kind| matches!(kind, AdapterKind::Integrated | AdapterKind::Virtual);
    let all = || kinds.iter().copied().enumerate();
    let discrete = all().filter(|(_, kind)| *kind == AdapterKind::Discrete);
    for (place, _) in discrete {
        if let Some(device) = open(place) {
            return Choice {
                adapter: Some((place, device)),
                trial: None,
            };
        }
    }
    let Some((place, _)) = all().find(|(_, kind)| doubtful(*kind)) else {
        return Choice {
            adapter: None,
            trial: None,
        };
    };
    let trial = try_out(place);
    let adapter = trial.outcome.gpu_is_faster().then(|| open(place)).flatten();
    Choice {
        adapter: adapter.map(|device| (place, device)),
        trial: Some(trial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::trial_result::{Outcome, Seconds};

    use AdapterKind::{Discrete, Integrated, Software, Virtual};

    fn measured(gpu_s: f64, cpu_s: f64) -> Outcome {
        Outcome::Measured(Seconds { gpu_s, cpu_s })
    }

    /// The index of the chosen adapter, and that of the one that is tried.
    fn chosen(
        kinds: &[AdapterKind],
        refusing: &[usize],
        outcome: Outcome,
    ) -> (Option<usize>, Option<usize>) {
        let mut tried = None;
        let choice = choose(
            kinds,
            |place| (!refusing.contains(&place)).then_some(()),
            |place| {
                tried = Some(place);
                Trial {
                    adapter: "a GPU".into(),
                    api: "vulkan".into(),
                    outcome,
                }
            },
        );
        assert_eq!(choice.trial.is_some(), tried.is_some());
        (choice.adapter.map(|(place, ())| place), tried)
    }

    #[test]
    fn a_discrete_gpu_is_chosen_without_a_trial() {
        let never = || measured(9.0, 0.1);
        assert_eq!(chosen(&[Discrete], &[], never()), (Some(0), None));
        let kinds = [Discrete, Discrete, Integrated, Software];
        assert_eq!(chosen(&kinds, &[], never()), (Some(0), None));
        assert_eq!(chosen(&kinds, &[0], never()), (Some(1), None));
    }

    #[test]
    fn the_faster_of_an_integrated_gpu_and_the_cpu_is_chosen() {
        for kinds in [
            &[Integrated, Software][..],
            &[Virtual],
            &[Integrated, Integrated, Virtual],
        ] {
            assert_eq!(chosen(kinds, &[], measured(0.1, 0.2)), (Some(0), Some(0)));
            assert_eq!(chosen(kinds, &[], measured(0.2, 0.1)), (None, Some(0)));
            assert_eq!(chosen(kinds, &[], measured(0.1, 0.1)), (None, Some(0)));
        }
        let kinds = [Discrete, Integrated];
        assert_eq!(chosen(&kinds, &[0], measured(0.1, 0.2)), (Some(1), Some(1)));
    }

    #[test]
    fn a_gpu_that_fails_or_refuses_leaves_the_cpu() {
        let failed = Outcome::Failed {
            failure: "signal: 11".into(),
        };
        let kinds = [Integrated, Integrated];
        assert_eq!(chosen(&kinds, &[], failed), (None, Some(0)));
        assert_eq!(chosen(&kinds, &[0], measured(0.1, 0.2)), (None, Some(0)));
    }

    #[test]
    fn software_adapters_are_never_chosen() {
        assert_eq!(
            chosen(&[Software, Software], &[], measured(0.1, 0.2)),
            (None, None)
        );
        assert_eq!(chosen(&[], &[], measured(0.1, 0.2)), (None, None));
    }
}
