//! Assigns cases to training, validation and test, keeping each patient in one of them.

pub(crate) mod folds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::case::{Candidate, Case};
use crate::error::DataError;
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
            "add images, or change data.validation_share and data.test_share in the recipe",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(
        count: usize,
        per_patient: usize,
        split: impl Fn(usize) -> Option<Split>,
    ) -> Vec<Candidate> {
        (0..count)
            .map(|index| {
                let case = Case {
                    stem: format!("image{index}"),
                    patient: format!("patient{}", index / per_patient),
                    image: format!("image{index}.png").into(),
                    labels: format!("label{index}.png").into(),
                    clean: None,
                };
                (case, split(index))
            })
            .collect()
    }

    fn counts(cases: &[(Case, Split)]) -> [usize; 3] {
        Split::ALL.map(|split| cases.iter().filter(|(_, other)| *other == split).count())
    }

    fn run(candidates: Vec<Candidate>) -> (Vec<(Case, Split)>, Vec<DataError>) {
        let mut problems = Vec::new();
        let cases = split(
            Path::new("set"),
            candidates,
            &DataOptions::default(),
            &Split::ALL,
            &mut problems,
        );
        (cases, problems)
    }

    #[test]
    fn patients_stay_together_and_the_fractions_are_kept() {
        let (cases, problems) = run(candidates(80, 4, |_| None));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(counts(&cases), [52, 12, 16]);
        for patient in 0..20 {
            let of_patient: BTreeSet<Split> = cases
                .iter()
                .filter(|(case, _)| case.patient == format!("patient{patient}"))
                .map(|(_, split)| *split)
                .collect();
            assert_eq!(of_patient.len(), 1);
        }
    }

    #[test]
    fn the_seed_decides() {
        let with_seed = |split_seed| {
            let options = DataOptions {
                split_seed,
                ..DataOptions::default()
            };
            split(
                Path::new("set"),
                candidates(40, 2, |_| None),
                &options,
                &Split::ALL,
                &mut Vec::new(),
            )
        };
        assert_eq!(with_seed(1), with_seed(1));
        assert_ne!(with_seed(1), with_seed(2));
    }

    #[test]
    fn a_complete_split_of_the_set_is_kept() {
        let stated = |index| Some(Split::ALL[index % 3]);
        let (cases, problems) = run(candidates(30, 1, stated));
        assert!(problems.is_empty(), "{problems:?}");
        assert!(
            cases
                .iter()
                .enumerate()
                .all(|(index, (_, split))| Some(*split) == stated(index))
        );
    }

    #[test]
    fn a_set_without_test_images_is_tested_on_its_validation_images() {
        let stated = |index| {
            Some(if index < 100 {
                Split::Train
            } else {
                Split::Validation
            })
        };
        let (cases, problems) = run(candidates(120, 1, stated));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(counts(&cases), [85, 15, 20]);
        assert!(cases[100..].iter().all(|(_, split)| *split == Split::Test));
    }

    #[test]
    fn one_patient_in_two_splits_is_refused_by_name() {
        let (_, problems) = run(candidates(30, 2, |index| Some(Split::ALL[index % 3])));
        assert!(
            problems
                .iter()
                .any(|problem| problem.found.contains("'patient0'"))
        );
    }

    #[test]
    fn a_set_of_test_images_alone_is_accepted_if_no_others_are_needed() {
        let alone = |needed: &[Split]| {
            let mut problems = Vec::new();
            let candidates = candidates(5, 1, |_| Some(Split::Test));
            let options = DataOptions::default();
            let cases = split(
                Path::new("set"),
                candidates,
                &options,
                needed,
                &mut problems,
            );
            (counts(&cases), problems.len())
        };
        assert_eq!(alone(&[Split::Test]), ([0, 0, 5], 0));
        assert_eq!(alone(&Split::ALL), ([0, 0, 5], 2));
    }

    #[test]
    fn too_few_images_for_every_split_are_refused() {
        let (_, problems) = run(candidates(2, 1, |_| None));
        assert!(!problems.is_empty());
    }
}
