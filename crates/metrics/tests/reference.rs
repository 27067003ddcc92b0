//! Agreement with MONAI, MedPy and scikit-learn on 50 pairs of label maps.
//!
//! `assets/reference/metrics/generate.py` describes the origin of the numbers and the versions.

use std::path::PathBuf;

use selvedge_metrics::{CaseScore, Labels, ScoreOptions, score_case};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    name: String,
    classes: usize,
    ignore: Option<u8>,
    spacing: [f64; 3],
    shape: [usize; 3],
    tolerance: f64,
    confusion: Vec<Vec<u64>>,
    accuracy: f64,
    per_class: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    dice: Option<f64>,
    iou: Option<f64>,
    hd: Option<f64>,
    hd95: Option<f64>,
    nsd: Option<f64>,
    sensitivity: Option<f64>,
    precision: Option<f64>,
}

struct Map {
    shape: [usize; 3],
    classes: Vec<u8>,
}

impl Map {
    fn labels(&self) -> Labels<'_> {
        Labels {
            shape: self.shape,
            classes: &self.classes,
        }
    }
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/reference/metrics")
        .join(file)
}

/// The next map of this shape in the file, which contains them one after another.
fn next_map(bytes: &mut impl Iterator<Item = u8>, shape: [usize; 3]) -> Map {
    let classes: Vec<u8> = bytes.take(shape.iter().product()).collect();
    Map { shape, classes }
}

/// Scores every pair and passes it on with the expected scores.
fn for_each_case(mut check: impl FnMut(&Case, [usize; 3], &CaseScore)) {
    let cases = std::fs::read_to_string(path("cases.json")).expect("the committed file");
    let cases: Vec<Case> = serde_json::from_str(&cases).expect("cases as generated");
    assert_eq!(cases.len(), 50);
    let mut bytes = std::fs::read(path("labels.u8"))
        .expect("the committed file")
        .into_iter();
    for case in &cases {
        let truth = next_map(&mut bytes, case.shape);
        let prediction = next_map(&mut bytes, case.shape);
        let options = ScoreOptions {
            classes: case.classes,
            ignore: case.ignore,
            spacing: case.spacing,
            tolerance: case.tolerance,
        };
        let score =
            score_case(truth.labels(), prediction.labels(), &options).expect("a sound pair");
        assert_eq!(score.per_class.len(), case.per_class.len(), "{}", case.name);
        check(case, truth.shape, &score);
    }
    assert!(bytes.next().is_none(), "no map is left over");
}

fn assert_close(what: &str, expected: f64, found: Option<f64>) {
    let found = found.unwrap_or_else(|| panic!("{what}: expected {expected}, found nothing"));
    assert!(
        (expected - found).abs() <= 1e-6,
        "{what}: expected {expected}, found {found}"
    );
}

#[test]
fn scores_agree_with_the_reference() {
    let mut compared = 0;
    for_each_case(|case, _, score| {
        assert_close(
            &format!("{}, accuracy", case.name),
            case.accuracy,
            score.accuracy,
        );
        assert_eq!(score.confusion.rows(), case.confusion, "{}", case.name);
        for (class, (expected, found)) in case.per_class.iter().zip(&score.per_class).enumerate() {
            let figures = [
                ("dice", expected.dice, found.dice),
                ("iou", expected.iou, found.iou),
                ("hd", expected.hd, found.hd),
                ("hd95", expected.hd95, found.hd95),
                ("nsd", expected.nsd, found.nsd),
                ("sensitivity", expected.sensitivity, found.sensitivity),
                ("precision", expected.precision, found.precision),
            ];
            for (figure, expected, found) in figures {
                if let Some(expected) = expected {
                    assert_close(
                        &format!("{}, class {class}, {figure}", case.name),
                        expected,
                        found,
                    );
                    compared += 1;
                }
            }
        }
    });
    assert!(compared > 1000, "only {compared} figures compared");
}

#[test]
fn classes_the_reference_cannot_score_follow_the_stated_rule() {
    let (mut missed, mut absent) = (0, 0);
    for_each_case(|case, shape, score| {
        let squared = |axis: usize| {
            if shape[axis] > 1 {
                (shape[axis] as f64 * case.spacing[axis]).powi(2)
            } else {
                0.0
            }
        };
        let diagonal = (0..3).map(squared).sum::<f64>().sqrt();
        for (class, (expected, found)) in case.per_class.iter().zip(&score.per_class).enumerate() {
            let what = format!("{}, class {class}", case.name);
            assert_eq!(
                [expected.sensitivity.is_some(), expected.precision.is_some()],
                [found.sensitivity.is_some(), found.precision.is_some()],
                "{what}"
            );
            match (expected.dice, expected.hd) {
                (None, _) => {
                    assert_eq!(
                        (found.dice, found.iou, found.hd, found.hd95, found.nsd),
                        (None, None, None, None, None),
                        "{what}"
                    );
                    absent += 1;
                }
                (Some(_), None) => {
                    assert_eq!((found.dice, found.nsd), (Some(0.0), Some(0.0)), "{what}");
                    assert_close(&what, diagonal, found.hd);
                    assert_close(&what, diagonal, found.hd95);
                    missed += 1;
                }
                _ => {}
            }
        }
    });
    assert!(
        missed > 0 && absent > 0,
        "{missed} missed and {absent} absent classes do not try the rule"
    );
}
