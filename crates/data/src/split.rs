//! Which image is for training, which for validation, which for the test: never one patient in two of them.

mod folds;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::Case;
use crate::text::{counted, few};
use crate::{DataError, DataOptions, Split};

/// A case, and the split that the data set itself gives it, if it gives one.
pub(crate) type Candidate = (Case, Option<Split>);

/// Every case with its split; each of `needed` must get some. What the set says stands; validation and test images that it does not name are drawn from the
/// others by patient, with the recipe's shares and seed.
///
/// A set that names validation images and no test images is tested on those, and validated on a part of its training images:
/// a result must not be measured on the images that chose the best epoch. A split from a file stands to the letter. With
/// folds, the set's own test images stay, and the fold is validated on; where it names none, the fold is tested on.
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

    // Those whose split is open: everybody, or the training patients if only a part of the splits is named.
    let has = |split| of_patient.values().any(|known| *known == Some(split));
    let open = |known: &Option<Split>| {
        !to_the_letter
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
    let of_patient: BTreeMap<String, Split> = of_patient
        .iter()
        .map(|(patient, known)| {
            let split = drawn
                .get(patient)
                .copied()
                .or(*known)
                .unwrap_or(Split::Train);
            ((*patient).to_string(), split)
        })
        .collect();

    let cases: Vec<(Case, Split)> = candidates
        .into_iter()
        .map(|(case, _)| {
            let split = of_patient[&case.patient];
            (case, split)
        })
        .collect();
    for &split in needed {
        if !cases.is_empty() && !cases.iter().any(|(_, other)| *other == split) {
            problems.push(DataError::new(
                root,
                format!("at least one image to {}", purpose(split)),
                format!(
                    "none among {} of {}",
                    counted(cases.len(), "image"),
                    counted(of_patient.len(), "patient")
                ),
                "add images, or change data.validation_share and data.test_share in the recipe",
            ));
        }
    }
    cases
}

/// The problem of patients with images in two splits, each with one of these.
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

/// Gives the patients of the chosen fold to the test, or to the validation where the test images are named; all others but
/// the test's train.
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
    fn patients_stay_together_and_the_shares_are_kept() {
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
    fn a_full_split_of_the_set_stands() {
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
    fn a_set_of_test_images_alone_serves_whoever_needs_no_others() {
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
