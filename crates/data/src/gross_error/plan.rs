//! Which labels of a set are spoilt, and how.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::corruption::GrossError;

/// The stream of these random numbers, which nothing else draws from: a set without gross errors stays as it is.
const STREAM: u64 = 9 << 40;

/// The labels to spoil, by the index of their image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GrossPlan(BTreeMap<usize, Planned>);

/// How a label is spoilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The kind of the error.
    pub(crate) kind: GrossError,
    /// Another image, of another patient if there is one.
    pub(crate) donor: Option<usize>,
    seed: u64,
}

impl Planned {
    /// The random numbers of this error.
    pub(crate) fn random(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed)
    }
}

impl GrossPlan {
    /// Chooses this fraction of the candidates, which are images with their patients, and at least one of them if the fraction
    /// is not 0. All kinds are equally frequent.
    pub(crate) fn new<P: PartialEq>(share: f64, seed: u64, candidates: &[(usize, P)]) -> Self {
        if share <= 0.0 || candidates.is_empty() {
            return Self::default();
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(STREAM);
        let count = ((share * candidates.len() as f64).round() as usize).clamp(1, candidates.len());
        let chosen = shuffled(candidates.len(), &mut random);
        let kinds = GrossError::ALL.iter().cycle();
        let planned = chosen
            .into_iter()
            .take(count)
            .zip(kinds)
            .map(|(own, &kind)| {
                let (index, patient) = &candidates[own];
                let others = |different: bool| -> Vec<usize> {
                    let other =
                        |(other, of): &&(usize, P)| other != index && (!different || of != patient);
                    let found = candidates.iter().filter(other);
                    found.map(|(other, _)| *other).collect()
                };
                let mut donors = others(true);
                if donors.is_empty() {
                    donors = others(false);
                }
                let donor =
                    (!donors.is_empty()).then(|| donors[random.random_range(0..donors.len())]);
                let seed = random.random();
                (*index, Planned { kind, donor, seed })
            });
        Self(planned.collect())
    }

    /// How the label of this image is spoilt, if it is.
    pub(crate) fn get(&self, index: usize) -> Option<&Planned> {
        self.0.get(&index)
    }
}

/// The numbers below `count` in random order.
pub(crate) fn shuffled(count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for place in 0..count {
        order.swap(place, random.random_range(place..count));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 images of 10 patients, numbered from 100.
    fn candidates() -> Vec<(usize, usize)> {
        (0..40).map(|index| (100 + index, index / 4)).collect()
    }

    #[test]
    fn a_share_of_the_images_is_chosen_and_every_kind_equally_often() {
        let plan = GrossPlan::new(0.25, 1, &candidates());
        assert_eq!(plan.0.len(), 10);
        for kind in GrossError::ALL {
            let count = plan
                .0
                .values()
                .filter(|planned| planned.kind == kind)
                .count();
            assert_eq!(count, 2, "{kind:?}");
        }
        for (index, planned) in &plan.0 {
            let donor = planned.donor.expect("another patient");
            assert_ne!((index - 100) / 4, (donor - 100) / 4);
        }
    }

    #[test]
    fn the_seed_decides_alone() {
        let plan = |seed| GrossPlan::new(0.2, seed, &candidates());
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
    }

    #[test]
    fn small_sets_and_shares_have_at_least_one() {
        assert_eq!(GrossPlan::new(0.0, 1, &candidates()), GrossPlan::default());
        assert_eq!(GrossPlan::new(0.001, 1, &candidates()).0.len(), 1);
        let none: &[(usize, usize)] = &[];
        assert_eq!(GrossPlan::new(0.5, 1, none), GrossPlan::default());
        // One patient gives labels to itself; one image to nobody.
        let donors = |candidates: &[(usize, usize)]| -> Vec<Option<usize>> {
            let plan = GrossPlan::new(1.0, 1, candidates);
            plan.0.values().map(|planned| planned.donor).collect()
        };
        assert_eq!(donors(&[(0, 7), (1, 7)]), [Some(1), Some(0)]);
        assert_eq!(donors(&[(0, 7)]), [None]);
    }
}
