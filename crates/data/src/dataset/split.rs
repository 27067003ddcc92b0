//! Assigns cases to training, validation and test, keeping each patient in one of them.

pub(crate) mod folds;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::case::{Candidate, Case};
use crate::error::{DataError, setting_advice};
use crate::options::DataOptions;
use crate::options::split::Split;
use crate::text::{counted, few};

/// Every case with its split; each of `needed` must get some. Splits defined by the data set are kept; missing validation
/// and test images are drawn from the others by patient, with the recipe's fractions and seed.
///
/// If a data set defines validation images but no test images, these become the test images, and a part of its training
/// images the validation images: a result must not be measured on the images that selected the best epoch. A split from a
/// file is used unchanged. With folds, test images defined by the data set are kept, and the fold is the validation set;
/// otherwise the fold is the test set.
pub(crate) fn split(
    root: &Path,
    candidates: Vec<Candidate>,
    options: &DataOptions,
    needed: &[Split],
    problems: &mut Vec<DataError>,
) -> Vec<(Case, Split)> {
    let named: BTreeSet<Split> = candidates.iter().filter_map(|(_, split)| *split).collect();
    let to_the_letter = !options.split_file.is_empty();
    let only_validation =
        !to_the_letter && named.contains(&Split::Validation) && !named.contains(&Split::Test);
    let given = |split: Option<Split>| match split {
        Some(Split::Validation) if only_validation => Some(Split::Test),
        other => other,
    };

    let mut of_patient: BTreeMap<&str, Option<Split>> = BTreeMap::new();
    let mut in_two: BTreeMap<&str, &Path> = BTreeMap::new();
    for (case, split) in &candidates {
        let split = given(*split);
        let known = of_patient.entry(&case.patient).or_insert(split);
        if *known != split {
            in_two.entry(&case.patient).or_insert(&case.image);
        }
    }
    problems.extend(patients_in_two(&in_two));

    if options.folds > 0 {
        hold_out(&candidates, options, &mut of_patient);
    }

    let of_patient = draw(&of_patient, options);
    let cases: Vec<(Case, Split)> = candidates
        .into_iter()
        .map(|(case, _)| {
            let split = of_patient[&case.patient];
            (case, split)
        })
        .collect();
    problems.extend(missing_splits(root, &cases, of_patient.len(), needed));
    cases
}

/// The split of every patient: drawn by the seed where it is open, unchanged otherwise.
fn draw(
    of_patient: &BTreeMap<&str, Option<Split>>,
    options: &DataOptions,
) -> BTreeMap<String, Split> {
    // Patients whose split is open: all of them, or the training patients if some splits are undefined.
    let has = |split| of_patient.values().any(|known| *known == Some(split));
    let open = |known: &Option<Split>| {
        options.split_file.is_empty()
            && (known.is_none()
                || (*known == Some(Split::Train) && (!has(Split::Validation) || !has(Split::Test))))
    };
    let mut patients: Vec<&str> = of_patient
        .iter()
        .filter(|(_, known)| open(known))
        .map(|(patient, _)| *patient)
        .collect();
    patients.shuffle(&mut ChaCha8Rng::seed_from_u64(options.split_seed));
    let count = |wanted: bool, share: f64| {
        let exact = (share * patients.len() as f64).round() as usize;
        if wanted && share > 0.0 {
            exact.max(1)
        } else {
            0
        }
    };
    let tests = count(!has(Split::Test), options.test_share);
    let validations = count(!has(Split::Validation), options.validation_share);
    let drawn: BTreeMap<&str, Split> = patients
        .iter()
        .enumerate()
        .map(|(index, patient)| {
            let split = if index < tests {
                Split::Test
            } else if index < tests + validations {
                Split::Validation
            } else {
                Split::Train
            };
            (*patient, split)
        })
        .collect();
    of_patient
        .iter()
        .map(|(patient, known)| {
            let split = drawn
                .get(patient)
                .copied()
                .or(*known)
                .unwrap_or(Split::Train);
            ((*patient).to_string(), split)
        })
        .collect()
}

/// A problem for each of the `needed` splits without a case.
fn missing_splits(
    root: &Path,
    cases: &[(Case, Split)],
    patients: usize,
    needed: &[Split],
) -> Vec<DataError> {
    let is_missing =
        |split: &&Split| !cases.is_empty() && !cases.iter().any(|(_, other)| other == *split);
    let problem = |split: &Split| {
        DataError::new(
            root,
            format!("at least one image to {}", purpose(*split)),
            format!(
                "none among {} of {}",
                counted(cases.len(), "image"),
                counted(patients, "patient")
            ),
            format!(
                "add images, or {}",
                setting_advice("change data.validation_share and data.test_share")
            ),
        )
    };
    needed.iter().filter(is_missing).map(problem).collect()
}

/// The problem of patients with images in two splits, with the image of one of them.
fn patients_in_two(in_two: &BTreeMap<&str, &Path>) -> Option<DataError> {
    let (_, image) = in_two.first_key_value()?;
    let patients: Vec<String> = in_two
        .keys()
        .map(|patient| format!("'{patient}'"))
        .collect();
    Some(DataError::new(
        image,
        "all images of one patient in one split",
        format!("in two: {}", few(&patients)),
        "correct the split, or give the images different patients in cases.csv",
    ))
}

/// Assigns the patients of the chosen fold to the test set, or to the validation set if the test images are defined; all
/// others except the test patients are for training.
fn hold_out<'a>(
    candidates: &'a [Candidate],
    options: &DataOptions,
    of_patient: &mut BTreeMap<&'a str, Option<Split>>,
) {
    let test_is_named = of_patient.values().any(|known| *known == Some(Split::Test));
    let mut images: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, _) in candidates {
        if of_patient[case.patient.as_str()] != Some(Split::Test) {
            *images.entry(&case.patient).or_default() += 1;
        }
    }
    let held_out = folds::part(&images, options);
    for patient in images.into_keys() {
        let split = match (held_out.contains(patient), test_is_named) {
            (true, true) => Split::Validation,
            (true, false) => Split::Test,
            (false, _) => Split::Train,
        };
        of_patient.insert(patient, Some(split));
    }
}

fn purpose(split: Split) -> &'static str {
    match split {
        Split::Train => "train on",
        Split::Validation => "validate on",
        Split::Test => "test on",
    }
}
