//! Agreement of the statistics with `SciPy`, `NumPy` and statsmodels.
//!
//! `assets/reference/statistics/generate.py` describes the origin of the numbers and the versions.

use selvedge_metrics::statistics::{
    SignedRankMethod, describe, holm, mean, percentile_interval, signed_rank,
};
use serde::Deserialize;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Reference {
    descriptions: Vec<Described>,
    signed_ranks: Vec<Tested>,
    holm: Vec<Corrected>,
    intervals: Vec<Resampled>,
}

#[derive(Deserialize)]
struct Described {
    values: Vec<f64>,
    mean: f64,
    sd: f64,
    q1: f64,
    median: f64,
    q3: f64,
}

#[derive(Deserialize)]
struct Tested {
    differences: Vec<f64>,
    statistic: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Corrected {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct Resampled {
    values: Vec<f64>,
    resamples: Vec<Vec<usize>>,
    interval: [f64; 2],
}

fn reference() -> Reference {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets/reference/statistics/cases.json");
    let text = std::fs::read_to_string(path).expect("the committed file");
    serde_json::from_str(&text).expect("cases as generated")
}

fn assert_close(what: &str, expected: f64, found: f64) {
    assert!(
        (expected - found).abs() <= TOLERANCE,
        "{what}: expected {expected}, found {found}"
    );
}

#[test]
fn means_deviations_and_quartiles_are_numpys() {
    let cases = reference().descriptions;
    assert_eq!(cases.len(), 7);
    for case in cases {
        let found = describe(&case.values).expect("values");
        assert_eq!(found.n, case.values.len());
        assert_close("mean", case.mean, found.mean);
        assert_close("sd", case.sd, found.sd.expect("two values or more"));
        assert_close("q1", case.q1, found.q1);
        assert_close("median", case.median, found.median);
        assert_close("q3", case.q3, found.q3);
    }
}

#[test]
fn signed_rank_tests_are_scipys() {
    let cases = reference().signed_ranks;
    assert_eq!(cases.len(), 79);
    let mut exact = 0;
    for case in &cases {
        let found = signed_rank(&case.differences);
        let what = format!("{} differences", case.differences.len());
        assert_close(&what, case.statistic, found.statistic);
        assert_close(&what, case.p, found.p);
        exact += usize::from(found.method == SignedRankMethod::Exact);
    }
    assert!(
        exact > 25 && cases.len() - exact > 25,
        "{exact} exact ones of {} do not try both distributions",
        cases.len()
    );
}

#[test]
fn holms_correction_is_that_of_statsmodels() {
    let cases = reference().holm;
    assert_eq!(cases.len(), 5);
    for case in cases {
        let found = holm(&case.p);
        assert_eq!(found.len(), case.adjusted.len());
        for (expected, found) in case.adjusted.iter().zip(found) {
            assert_close("adjusted p", *expected, found);
        }
    }
}

#[test]
fn intervals_of_given_resamples_are_scipys() {
    let cases = reference().intervals;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let means = case.resamples.iter().map(|drawn| {
            let values: Vec<f64> = drawn.iter().map(|&index| case.values[index]).collect();
            mean(&values).expect("values")
        });
        let [low, high] = percentile_interval(means.collect(), 0.95).expect("an interval");
        assert_close("low", case.interval[0], low);
        assert_close("high", case.interval[1], high);
    }
}
