use super::*;
use crate::check::check as check_data;
use crate::dataset::Dataset;
use crate::options::DataOptions;
use crate::options::layout_name::LayoutName;
use crate::options::split::Split;

fn options(noise: f64) -> SynthOptions {
    SynthOptions {
        images: 10,
        size: 64,
        seed: 3,
        noise,
        gross: 0.0,
    }
}

#[test]
fn a_synthetic_set_is_read_like_a_real_one() {
    let place = tempfile::tempdir().expect("a folder");
    let root = place.path().join("hearts");
    let summary = write_acdc(&root, &options(1.0), &|_| {}).expect("written");
    let data = DataOptions {
        kind: LayoutName::Acdc,
        ..DataOptions::default()
    };
    let report = check_data(LayoutName::Acdc, &root, &data);
    assert_eq!(report.problems, []);
    assert_eq!([report.patients, report.images], [10, 20]);
    assert!(report.classes.iter().all(|class| class.images == 20));
    let dataset = Dataset::open(&root, &data).expect("a data set");
    assert!(dataset.has_clean_labels());
    let slices: usize = Split::ALL
        .into_iter()
        .map(|split| dataset.image_count(split).expect("headers"))
        .sum();
    assert_eq!(slices, summary.slices);
    let [right, muscle, left] = summary.agreement;
    for dice in [right, muscle, left] {
        assert!((0.6..0.99).contains(&dice), "{summary}");
    }
}

#[test]
fn more_noise_lowers_the_agreement_and_none_changes_nothing() {
    let heart = Heart::draw("NOR", &mut generator(1, 1));
    let frame = heart.frame(64, 3.0, 0.0, 1);
    let clean = LabelVolume {
        shape: [heart.slices, 64, 64],
        classes: frame.classes,
    };
    assert!(annotate(&clean, 0.0, 1).0 == clean);
    let mean = |noise: f64| {
        (0..10)
            .map(|seed| dice(&annotate(&clean, noise, seed).0, &clean, MUSCLE))
            .sum::<f64>()
            / 10.0
    };
    assert!(mean(0.3) > mean(1.0) && mean(1.0) > mean(3.0));
}

#[test]
fn hearts_contract_and_keep_their_muscle() {
    for group in GROUPS {
        let heart = Heart::draw(group, &mut generator(2, 7));
        let count = |contraction: f32, class: u8| {
            let classes = heart.frame(64, 3.0, contraction, 1).classes;
            classes.into_iter().filter(|found| *found == class).count() as f64
        };
        assert!(count(1.0, LEFT) < 0.95 * count(0.0, LEFT), "{group}");
        let muscle = count(1.0, MUSCLE) / count(0.0, MUSCLE);
        assert!((0.7..1.3).contains(&muscle), "{group}: {muscle}");
    }
}
