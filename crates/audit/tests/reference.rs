//! Agreement of the measures of rankings with scikit-learn and `SciPy`.
//!
//! `assets/reference/ranking/generate.py` describes the origin of the numbers and the versions.

use selvedge_audit::measures::{EffortCurve, Look, Ranking, spearman};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Reference {
    rankings: Vec<Ranked>,
    curves: Vec<Curve>,
    correlations: Vec<Correlated>,
}

#[derive(Deserialize)]
struct Ranked {
    scores: Vec<f64>,
    wrong: Vec<bool>,
    auroc: f64,
    average_precision: f64,
    precision_5: f64,
    precision_10: f64,
}

#[derive(Deserialize)]
struct Curve {
    scores: Vec<f64>,
    costs: Vec<f64>,
    found: Vec<f64>,
    area: f64,
}

#[derive(Deserialize)]
struct Correlated {
    one: Vec<f64>,
    other: Vec<f64>,
    rho: f64,
}

fn reference() -> Reference {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/reference/ranking/cases.json");
    let text = std::fs::read_to_string(path).expect("the committed file");
    serde_json::from_str(&text).expect("cases as generated")
}

fn assert_close(what: &str, expected: f64, found: Option<f64>) {
    let found = found.unwrap_or(f64::NAN);
    assert!(
        (expected - found).abs() <= TOLERANCE,
        "{what}: expected {expected}, found {found}"
    );
}

#[test]
fn rankings_are_measured_as_by_scikit_learn() {
    let cases = reference().rankings;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let items = || case.scores.iter().copied().zip(case.wrong.iter().copied());
        let ranking = Ranking::new(items());
        assert_close("AUROC", case.auroc, ranking.auroc());
        let precision = ranking.average_precision(0);
        assert_close("average precision", case.average_precision, precision);
        assert_close("worst 5 %", case.precision_5, ranking.precision_at(0.05));
        assert_close("worst 10 %", case.precision_10, ranking.precision_at(0.1));
        // The order of the items does not matter.
        let turned = Ranking::new(items().collect::<Vec<_>>().into_iter().rev());
        assert_eq!(turned, ranking);
        // With equal costs, the effort curve is the ROC curve with both axes sheared.
        let curve = EffortCurve::new(items().map(|(score, wrong)| Look {
            score,
            cost: 1.0,
            found: f64::from(u8::from(wrong)),
        }));
        let prevalence = ranking.prevalence().expect("items");
        let area = case.auroc * (1.0 - prevalence) + prevalence / 2.0;
        assert_close("area", area, curve.map(|curve| curve.area()));
    }
}

#[test]
fn areas_under_effort_curves_are_scikit_learns() {
    let cases = reference().curves;
    assert_eq!(cases.len(), 4);
    for case in cases {
        let looks = case.scores.iter().zip(&case.costs).zip(&case.found);
        let curve = EffortCurve::new(looks.map(|((score, cost), found)| Look {
            score: *score,
            cost: *cost,
            found: *found,
        }));
        assert_close("area", case.area, curve.map(|curve| curve.area()));
    }
}

#[test]
fn rank_correlations_are_scipys() {
    let cases = reference().correlations;
    assert_eq!(cases.len(), 4);
    for case in cases {
        let pairs = case.one.iter().copied().zip(case.other.iter().copied());
        assert_close("Spearman's ρ", case.rho, spearman(pairs));
    }
}
