//! Number, mean, standard deviation and quartiles of a list of values.

use serde::{Deserialize, Serialize};

/// What a list of values looks like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// How many values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation of the sample, with n − 1 in the denominator; none for a single value.
    pub sd: Option<f64>,
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
}

/// Describes finite values; none if there are no values.
pub fn describe(values: &[f64]) -> Option<Description> {
    let mean = mean(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some(Description {
        n: values.len(),
        mean,
        sd: (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt()),
        q1: quantile(&sorted, 0.25),
        median: quantile(&sorted, 0.5),
        q3: quantile(&sorted, 0.75),
    })
}

/// The mean; none of no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The quantile of sorted values, of which there must be at least one: linear between the two nearest ranks, at rank
/// `fraction · (n − 1)` counted from 0, as `NumPy` does by default (type 7 of Hyndman and Fan, 1996).
pub fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let last = sorted.len() - 1;
    let rank = fraction.clamp(0.0, 1.0) * last as f64;
    let below = rank.floor() as usize;
    let (lower, upper) = (sorted[below], sorted[(below + 1).min(last)]);
    lower + (upper - lower) * (rank - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_has_no_description_and_a_single_one_no_deviation() {
        assert_eq!(describe(&[]), None);
        let one = describe(&[3.0]).expect("a value");
        assert_eq!((one.n, one.mean, one.sd), (1, 3.0, None));
        assert_eq!((one.q1, one.median, one.q3), (3.0, 3.0, 3.0));
    }

    #[test]
    fn quantiles_are_linear_between_ranks() {
        let sorted = [0.0, 1.0, 10.0, 11.0];
        for (fraction, expected) in [(0.0, 0.0), (0.5, 5.5), (0.75, 10.25), (1.0, 11.0)] {
            let found = quantile(&sorted, fraction);
            assert!((found - expected).abs() < 1e-12, "{fraction}: {found}");
        }
    }
}
