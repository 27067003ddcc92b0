//! What an experiment says about the claims of its grid.

use std::collections::BTreeMap;

use metrics::statistics::mean;

use crate::experiment::grid::{Claim, Expectation};
use crate::experiment::results::{Results, common_seeds};
use crate::statistics::comparison::{SeedWins, average_seeds, interval, wins};

/// What an experiment says about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The interval excludes the opposite.
    Supported,
    /// The interval excludes the claim.
    NotSupported,
    /// The interval excludes neither, or there is none.
    Undecided,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::NotSupported => "not supported",
            Self::Undecided => "undecided",
        }
    }
}

/// The verdict on a claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClaimVerdict {
    /// What the experiment says.
    pub(crate) outcome: Outcome,
    /// Mean over patients of the difference, averaged over pairs and networks; positive is better.
    pub(crate) effect: Option<f64>,
    /// Its 95 % interval over patients.
    pub(crate) ci95: Option<[f64; 2]>,
    /// Pairs of rows with a network that could be compared, and those that the grid has.
    pub(crate) compared: [usize; 2],
    /// Of those compared: better, and worse, by their own intervals.
    pub(crate) split: [usize; 2],
    /// Seeds in which the first row of a pair is better, over all pairs and networks.
    pub(crate) wins: SeedWins,
    /// Diverged and planned runs of the first rows of the pairs.
    pub(crate) diverged: [usize; 2],
}

/// Decides a claim.
pub(crate) fn decide(claim: &Claim, results: &Results) -> ClaimVerdict {
    let measure = results.measure(claim.metric);
    let sign = if claim.metric.smaller_is_better() {
        -1.0
    } else {
        1.0
    };
    let mut pooled: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut intervals = Vec::new();
    let mut planned = 0;
    let mut diverged = [0, 0];
    let mut seeds = SeedWins { won: 0, of: 0 };
    for network in &results.grid.networks {
        for [row, other] in &claim.compare {
            let cell = |row: &str| results.cell(&network.name, row);
            let (Some(cell), Some(other)) = (cell(row), cell(other)) else {
                continue;
            };
            planned += 1;
            diverged[0] += cell.diverged;
            diverged[1] += cell.planned;
            let runs = common_seeds(cell, other);
            if let Some(found) = wins(&runs[0], &runs[1], &measure) {
                seeds.won += found.won;
                seeds.of += found.of;
            }
            let [values, others] = runs.map(|runs| average_seeds(&runs, &measure));
            let differences: Vec<(String, f64)> = values
                .into_iter()
                .filter_map(|(patient, value)| {
                    let other = others.get(&patient)?;
                    Some((patient, sign * (value - other)))
                })
                .collect();
            if differences.is_empty() {
                continue;
            }
            let numbers: Vec<f64> = differences.iter().map(|(_, value)| *value).collect();
            intervals.push(interval(&numbers));
            for (patient, value) in differences {
                pooled.entry(patient).or_default().push(value);
            }
        }
    }
    let by_patient: Vec<f64> = pooled.values().filter_map(|values| mean(values)).collect();
    let ci95 = interval(&by_patient);
    let is_better = |ci95: Option<[f64; 2]>| matches!(ci95, Some([low, _]) if low > 0.0);
    let is_worse = |ci95: Option<[f64; 2]>| matches!(ci95, Some([_, high]) if high < 0.0);
    let split = [
        intervals.iter().filter(|ci95| is_better(**ci95)).count(),
        intervals.iter().filter(|ci95| is_worse(**ci95)).count(),
    ];
    let complete = !intervals.is_empty() && intervals.len() == planned;
    let outcome = if claim.every {
        every(claim, &intervals)
    } else {
        of_interval(claim, ci95)
    };
    ClaimVerdict {
        // What is missing might speak against it.
        outcome: match outcome {
            Outcome::Supported if !complete => Outcome::Undecided,
            outcome => outcome,
        },
        effect: mean(&by_patient),
        ci95,
        compared: [intervals.len(), planned],
        split,
        wins: seeds,
        diverged,
    }
}

fn every(claim: &Claim, intervals: &[Option<[f64; 2]>]) -> Outcome {
    let outcomes: Vec<Outcome> = intervals
        .iter()
        .map(|ci95| of_interval(claim, *ci95))
        .collect();
    if outcomes.contains(&Outcome::NotSupported) {
        Outcome::NotSupported
    } else if !outcomes.is_empty() && outcomes.iter().all(|one| *one == Outcome::Supported) {
        Outcome::Supported
    } else {
        Outcome::Undecided
    }
}

fn of_interval(claim: &Claim, ci95: Option<[f64; 2]>) -> Outcome {
    let Some([low, high]) = ci95 else {
        return Outcome::Undecided;
    };
    let margin = claim.margin;
    let (supported, not_supported) = match claim.expect {
        Expectation::Better => (low > 0.0, high < 0.0),
        Expectation::Worse => (high < 0.0, low > 0.0),
        Expectation::Same => (
            -margin < low && high < margin,
            low > margin || high < -margin,
        ),
        Expectation::NotBetter => (high <= 0.0, low > 0.0),
    };
    match (supported, not_supported) {
        (true, _) => Outcome::Supported,
        (_, true) => Outcome::NotSupported,
        _ => Outcome::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use metrics::Metric;

    use super::*;

    fn claim(expect: Expectation) -> Claim {
        Claim {
            number: 1,
            text: String::new(),
            expect,
            every: false,
            metric: Metric::Dice,
            margin: 0.01,
            compare: Vec::new(),
        }
    }

    #[test]
    fn an_interval_decides_only_what_it_excludes() {
        use Expectation::{Better, NotBetter, Same, Worse};
        use Outcome::{NotSupported, Supported, Undecided};
        for (expect, low, high, outcome) in [
            (Better, 0.001, 0.02, Supported),
            (Better, -0.001, 0.02, Undecided),
            (Better, -0.02, -0.001, NotSupported),
            (Worse, -0.02, -0.001, Supported),
            (Worse, 0.001, 0.02, NotSupported),
            (Same, -0.009, 0.009, Supported),
            (Same, -0.02, 0.009, Undecided),
            (Same, 0.011, 0.02, NotSupported),
            (NotBetter, -0.02, 0.0, Supported),
            (NotBetter, -0.02, 0.01, Undecided),
            (NotBetter, 0.001, 0.01, NotSupported),
        ] {
            let found = of_interval(&claim(expect), Some([low, high]));
            assert_eq!(found, outcome, "{expect:?} {low} {high}");
        }
        assert_eq!(of_interval(&claim(Better), None), Undecided);
    }

    #[test]
    fn a_claim_about_every_case_fails_with_one_that_is_clearly_worse() {
        let claim = claim(Expectation::Better);
        let (better, worse, open) = (Some([0.1, 0.2]), Some([-0.2, -0.1]), Some([-0.1, 0.1]));
        assert_eq!(every(&claim, &[better, better]), Outcome::Supported);
        assert_eq!(every(&claim, &[better, open]), Outcome::Undecided);
        assert_eq!(every(&claim, &[better, open, worse]), Outcome::NotSupported);
        assert_eq!(every(&claim, &[]), Outcome::Undecided);
    }
}
