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
                masks: Vec::new(),
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
