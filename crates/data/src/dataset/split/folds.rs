//! Parts for cross-validation, with about the same number of images in each, and every patient in one.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::options::DataOptions;

/// The patients of part `options.fold` of `options.folds`, given how many images each patient has.
///
/// Patients are shuffled by the seed and sorted by decreasing number of images; each goes into the part that has the fewest
/// images so far.
pub(super) fn part<'a>(
    images: &BTreeMap<&'a str, usize>,
    options: &DataOptions,
) -> BTreeSet<&'a str> {
    let mut patients: Vec<(&str, usize)> =
        images.iter().map(|(name, count)| (*name, *count)).collect();
    patients.shuffle(&mut ChaCha8Rng::seed_from_u64(options.split_seed));
    patients.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut filled = vec![0; options.folds];
    let mut chosen = BTreeSet::new();
    for (patient, count) in patients {
        let fold = (0..options.folds)
            .min_by_key(|fold| filled[*fold])
            .unwrap_or(0);
        filled[fold] += count;
        if fold == options.fold {
            chosen.insert(patient);
        }
    }
    chosen
}
