use metrics::Metric;

use super::*;
use crate::statistics::patient_scores::tests::{line, measure};

/// A run with one image of each patient, patients counted from 0.
fn run(seed: u64, values: impl IntoIterator<Item = f64>) -> RunCases {
    let values = values.into_iter().enumerate();
    let lines = values.map(|(patient, value)| {
        let patient = format!("P{patient:02}");
        line(&patient, &patient, "liver", Some(value))
    });
    RunCases {
        run: PathBuf::from(format!("run-{seed}")),
        seed,
        lines: lines.collect(),
    }
}

fn spread(count: usize, shift: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |patient| 0.5 + 0.01 * (patient * 7 % 11) as f64 + shift)
}

#[test]
fn a_constant_gain_is_better_with_an_interval_of_no_width() {
    let runs = [run(1, spread(20, 0.3)), run(2, spread(20, 0.1))];
    let baseline = [run(2, spread(20, 0.0)), run(3, spread(20, 0.0))];
    let found = compare(&runs, &baseline, &measure(None)).expect("compared");
    assert_eq!((found.patients, found.unpaired), (20, 0));
    assert!((found.difference - 0.2).abs() < 1e-12, "{found:?}");
    let [low, high] = found.ci95.expect("20 patients");
    assert!((low - 0.2).abs() < 1e-9 && (high - 0.2).abs() < 1e-9);
    assert_eq!(found.verdict, Verdict::Better);
    // Only the seed 2 is in both.
    assert_eq!(found.wins, Some(SeedWins { won: 1, of: 1 }));
    let test = found.wilcoxon.expect("20 patients");
    assert!(test.p < 0.001 && (test.effect - 1.0).abs() < 1e-12);

    let turned = compare(&baseline, &runs, &measure(None)).expect("compared");
    assert_eq!(turned.verdict, Verdict::Worse);
    assert!((turned.difference + 0.2).abs() < 1e-12);
}

#[test]
fn a_smaller_distance_is_better() {
    let distance = |mut run: RunCases| {
        for line in &mut run.lines {
            line.metric = Metric::Hd95;
        }
        run
    };
    let measure = Measure {
        metric: Metric::Hd95,
        ..measure(None)
    };
    let near = [distance(run(1, spread(5, 0.0)))];
    let far = [distance(run(1, spread(5, 3.0)))];
    let found = compare(&near, &far, &measure).expect("compared");
    assert_eq!(found.verdict, Verdict::Better);
    assert_eq!(found.wins, Some(SeedWins { won: 1, of: 1 }));
}

#[test]
fn seeds_are_averaged_before_patients_are_counted() {
    // Five seeds of ten patients are ten observations, not fifty.
    let five = |shift: f64| {
        (1..=5)
            .map(|seed| run(seed, spread(10, shift)))
            .collect::<Vec<_>>()
    };
    let found = compare(&five(0.1), &five(0.0), &measure(None)).expect("compared");
    assert_eq!(found.patients, 10);
    assert_eq!(found.wilcoxon, None, "fewer than 20 patients");
    assert_eq!(found.wins, Some(SeedWins { won: 5, of: 5 }));
}

#[test]
fn a_gain_of_one_seed_in_five_is_named() {
    // The baseline of one seed did not converge; in the other seeds it is slightly better.
    let runs: Vec<RunCases> = (1..=5).map(|seed| run(seed, spread(20, 0.0))).collect();
    let shift = |seed| if seed == 5 { -0.4 } else { 0.01 };
    let baseline: Vec<RunCases> = (1..=5)
        .map(|seed| run(seed, spread(20, shift(seed))))
        .collect();
    let found = compare(&runs, &baseline, &measure(None)).expect("compared");
    assert_eq!(found.verdict, Verdict::Better);
    assert_eq!(found.wins, Some(SeedWins { won: 1, of: 5 }));
    assert!(found.is_of_few_seeds());
    let turned = compare(&baseline, &runs, &measure(None)).expect("compared");
    assert_eq!(turned.verdict, Verdict::Worse);
    assert!(turned.is_of_few_seeds());
    let steady = compare(&runs[..4], &baseline[..4], &measure(None)).expect("compared");
    assert!(!steady.is_of_few_seeds(), "worse in every seed");
}

#[test]
fn patients_in_one_group_alone_are_counted_as_unpaired() {
    let found = compare(
        &[run(1, spread(8, 0.0))],
        &[run(1, spread(5, 0.0))],
        &measure(None),
    );
    let found = found.expect("compared");
    assert_eq!((found.patients, found.unpaired), (5, 3));
    assert_eq!(found.verdict, Verdict::Undecided, "no difference");
}

#[test]
fn p_values_are_corrected_together() {
    let noisy = |seed: u64, strength: f64| {
        run(
            seed,
            (0..30).map(move |patient| {
                0.5 + strength * 0.01 + 0.02 * ((patient * 13 % 17) as f64 / 17.0 - 0.4)
            }),
        )
    };
    let baseline = [run(1, spread(30, 0.0))];
    let mut all: Vec<Difference> = [1.0, 5.0]
        .into_iter()
        .map(|strength| {
            compare(&[noisy(1, strength)], &baseline, &measure(None)).expect("compared")
        })
        .collect();
    correct(&mut all);
    let p: Vec<f64> = all
        .iter()
        .map(|one| one.wilcoxon.expect("30 patients").p)
        .collect();
    let adjusted: Vec<f64> = all.iter().filter_map(|one| one.p_holm).collect();
    assert_eq!(adjusted, holm(&p));
}

#[test]
fn groups_that_cannot_be_compared_are_refused() {
    let one = run(1, spread(5, 0.0));
    let refused = |runs: &[RunCases], baseline: &[RunCases], of: &Measure, expected: &str| {
        let error = compare(runs, baseline, of).expect_err("refused");
        assert_eq!(error.exit_code, 2);
        assert!(error.message().contains(expected), "{expected} in {error}");
    };
    let twice = [one.clone(), one.clone()];
    refused(
        &twice,
        &twice[..1],
        &measure(None),
        "expected another train.seed",
    );
    let class = measure(Some("spleen"));
    refused(&twice[..1], &twice[..1], &class, "for the class 'spleen'");
    refused(&twice[..1], &twice[..1], &class, "'liver'");
    let mut others = run(2, spread(5, 0.0));
    for line in &mut others.lines {
        line.patient.insert(0, 'Q');
    }
    refused(&[one], &[others], &measure(None), "the same patients");
}

#[test]
fn a_group_is_scored_over_its_seeds_and_its_patients() {
    let runs = [run(1, spread(10, 0.0)), run(2, spread(10, 0.2))];
    let score = score_group(&runs, &measure(None)).expect("values");
    let one = mean(&spread(10, 0.0).collect::<Vec<_>>()).expect("values");
    assert_eq!((score.runs, score.patients), (2, 10));
    assert!((score.mean - one - 0.1).abs() < 1e-12);
    // Two values 0.2 apart.
    assert!((score.sd.expect("two runs") - 0.2 / 2.0_f64.sqrt()).abs() < 1e-12);
    let [low, high] = score.ci95.expect("ten patients");
    assert!(low < score.mean && score.mean < high);
    assert_eq!(score_group(&runs, &measure(Some("spleen"))), None);
}
