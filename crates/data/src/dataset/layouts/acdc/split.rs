//! Assigns ACDC's patients to training, validation and test.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::case::Candidate;
use crate::dataset::layouts::acdc::patient::Patient;
use crate::options::DataOptions;
use crate::options::split::Split;

/// The challenge's training patients are numbered from 1 to this.
const TRAINING_PATIENTS: u32 = 100;
/// Test patients of the lists that `TransUNet` and related networks use (`lists_ACDC/test.txt`, as in the repository
/// sotiraslab/AgileFormer): their published results are means over these 40 volumes.
const TESTS: [u32; 20] = [
    2, 3, 8, 9, 12, 14, 17, 24, 42, 48, 49, 53, 55, 64, 67, 79, 81, 88, 92, 95,
];
/// Validation patients of the same lists (`valid.txt`); the other seventy are for training.
const VALIDATIONS: [u32; 10] = [19, 21, 29, 33, 41, 50, 61, 71, 76, 80];

/// Whether the challenge's hundred training patients are all present.
pub(crate) fn is_complete(patients: &[Patient]) -> bool {
    let numbers: Vec<u32> = patients
        .iter()
        .filter(|patient| !patient.testing)
        .filter_map(Patient::number)
        .collect();
    (1..=TRAINING_PATIENTS).all(|number| numbers.contains(&number))
}

/// Assigns every patient, with all of its frames, to a split:
///
/// * `published`: the published split of the hundred training patients; the challenge's own test patients are not used;
/// * with folds: the patients of `testing/` are the test set, and the folds decide about the others;
/// * otherwise: the patients of `testing/` are the test set, if there are any, and the missing splits are drawn from
///   the others by seed and fractions, so that every diagnosis is represented in every split.
pub(crate) fn assign(
    patients: Vec<Patient>,
    published: bool,
    options: &DataOptions,
) -> Vec<Candidate> {
    // `None`: not used. `Some(None)`: decided later.
    let splits: Vec<Option<Option<Split>>> = if published {
        let listed = published_split(&patients).into_iter();
        listed.map(|split| split.map(Some)).collect()
    } else if options.folds > 0 {
        let named = patients.iter().map(|patient| patient.testing);
        named
            .map(|testing| Some(testing.then_some(Split::Test)))
            .collect()
    } else {
        drawn(&patients, options).into_iter().map(Some).collect()
    };
    patients
        .into_iter()
        .zip(splits)
        .filter_map(|(patient, split)| Some((patient.cases, split?)))
        .flat_map(|(cases, split)| cases.into_iter().map(move |case| (case, split)))
        .collect()
}

fn published_split(patients: &[Patient]) -> Vec<Option<Split>> {
    let split = |patient: &Patient| {
        let number = patient
            .number()
            .filter(|number| !patient.testing && (1..=TRAINING_PATIENTS).contains(number))?;
        Some(if TESTS.contains(&number) {
            Split::Test
        } else if VALIDATIONS.contains(&number) {
            Split::Validation
        } else {
            Split::Train
        })
    };
    patients.iter().map(split).collect()
}

fn drawn(patients: &[Patient], options: &DataOptions) -> Vec<Option<Split>> {
    let mut splits: Vec<Option<Split>> = patients
        .iter()
        .map(|patient| patient.testing.then_some(Split::Test))
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(options.split_seed);
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, patient) in patients.iter().enumerate() {
        if !patient.testing {
            groups.entry(&patient.group).or_default().push(index);
        }
    }
    // Each group is shuffled, then all are interleaved evenly, so that every section contains its share of every group.
    let mut line: Vec<(f64, usize)> = Vec::new();
    for members in groups.values_mut() {
        members.shuffle(&mut random);
        let count = members.len() as f64;
        line.extend(
            members
                .iter()
                .enumerate()
                .map(|(place, member)| ((place as f64 + 0.5) / count, *member)),
        );
    }
    line.sort_by(|one, other| one.0.total_cmp(&other.0));
    let count = |wanted: bool, share: f64| {
        if wanted && share > 0.0 {
            ((share * line.len() as f64).round() as usize).max(1)
        } else {
            0
        }
    };
    let has_tests = patients.iter().any(|patient| patient.testing);
    let tests = count(!has_tests, options.test_share);
    let validations = count(true, options.validation_share);
    for (place, (_, index)) in line.into_iter().enumerate() {
        splits[index] = Some(if place < tests {
            Split::Test
        } else if place < tests + validations {
            Split::Validation
        } else {
            Split::Train
        });
    }
    splits
}
