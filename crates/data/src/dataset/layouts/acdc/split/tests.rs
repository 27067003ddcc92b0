use super::*;
use crate::dataset::case::Case;

fn patients(range: std::ops::RangeInclusive<u32>, testing: bool) -> Vec<Patient> {
    let case = |name: &str| Case {
        stem: format!("{name}_frame01"),
        patient: name.to_string(),
        image: "image".into(),
        labels: "labels".into(),
        masks: Vec::new(),
        clean: None,
    };
    range
        .map(|number| {
            let name = format!("patient{number:03}");
            Patient {
                group: crate::dataset::layouts::acdc::GROUPS[number as usize % 5].into(),
                testing,
                cases: vec![case(&name), case(&name)],
                name,
            }
        })
        .collect()
}

fn counts(candidates: &[Candidate]) -> [usize; 3] {
    Split::ALL.map(|split| {
        candidates
            .iter()
            .filter(|(_, found)| *found == Some(split))
            .count()
    })
}

#[test]
fn the_hundred_training_patients_are_split_as_published() {
    let mut all = patients(1..=100, false);
    all.extend(patients(101..=150, true));
    assert!(is_complete(&all) && !is_complete(&all[1..]));
    let candidates = assign(all, true, &DataOptions::default());
    assert_eq!(counts(&candidates), [140, 20, 40]);
    let split = |name: &str| {
        candidates
            .iter()
            .find(|(case, _)| case.patient == name)
            .and_then(|(_, split)| *split)
    };
    assert_eq!(split("patient002"), Some(Split::Test));
    assert_eq!(split("patient019"), Some(Split::Validation));
    assert_eq!(split("patient001"), Some(Split::Train));
    assert_eq!(split("patient101"), None);
}

#[test]
fn without_the_lists_the_challenges_test_patients_are_tested_on() {
    let mut all = patients(1..=100, false);
    all.extend(patients(101..=150, true));
    let options = DataOptions {
        validation_share: 0.1,
        ..DataOptions::default()
    };
    assert_eq!(counts(&assign(all, false, &options)), [180, 20, 100]);
}

#[test]
fn drawn_splits_represent_every_diagnosis_and_follow_the_seed() {
    let options = |split_seed| DataOptions {
        split_seed,
        validation_share: 0.1,
        ..DataOptions::default()
    };
    let drawn = |seed| assign(patients(1..=50, false), false, &options(seed));
    let candidates = drawn(3);
    assert_eq!(counts(&candidates), [70, 10, 20]);
    for (split, each) in [(Split::Validation, 2), (Split::Test, 4), (Split::Train, 14)] {
        for group in 0..5 {
            let of_group = |case: &Case| {
                case.patient["patient".len()..]
                    .parse::<usize>()
                    .is_ok_and(|number| number % 5 == group)
            };
            let count = candidates
                .iter()
                .filter(|(case, found)| *found == Some(split) && of_group(case))
                .count();
            assert_eq!(count, each, "{split} of group {group}");
        }
    }
    assert_eq!(drawn(3), candidates);
    assert_ne!(drawn(4), candidates);
}
