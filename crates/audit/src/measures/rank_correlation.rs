//! Spearman's rank correlation of two lists of numbers.

use std::cmp::Ordering;

/// Spearman's ρ: Pearson's correlation of the ranks, where equal values share their mean rank (Spearman, American Journal of
/// Psychology 15, 1904). Pairs with a NaN are omitted. None for fewer than two pairs, or if one side is constant.
pub fn spearman(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    let (ones, others): (Vec<f64>, Vec<f64>) = pairs
        .into_iter()
        .filter(|(one, other)| !one.is_nan() && !other.is_nan())
        .unzip();
    pearson(&ranks(&ones), &ranks(&others))
}

/// Ranks from 1, the mean rank for equal values.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order
        .chunk_by(|&one, &other| values[one].partial_cmp(&values[other]) == Some(Ordering::Equal))
    {
        for &index in tied {
            ranks[index] = below as f64 + (tied.len() + 1) as f64 / 2.0;
        }
        below += tied.len();
    }
    ranks
}

fn pearson(ones: &[f64], others: &[f64]) -> Option<f64> {
    let count = ones.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let (one_mean, other_mean) = (mean(ones), mean(others));
    let (mut product, mut one_square, mut other_square) = (0.0, 0.0, 0.0);
    for (one, other) in ones.iter().zip(others) {
        let (one, other) = (one - one_mean, other - other_mean);
        product += one * other;
        one_square += one * one;
        other_square += other * other;
    }
    let scale = f64::sqrt(one_square) * f64::sqrt(other_square);
    (scale > 0.0).then(|| (product / scale).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_rising_function_has_correlation_one() {
        let close = |found: Option<f64>, expected: f64| {
            let found = found.expect("a correlation");
            assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        };
        let numbers = || (0..9).map(f64::from);
        close(spearman(numbers().map(|value| (value, value.exp()))), 1.0);
        close(
            spearman(numbers().map(|value| (value, -value.powi(3)))),
            -1.0,
        );
    }

    #[test]
    fn constants_and_single_pairs_have_none() {
        assert_eq!(spearman([(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(spearman([(1.0, 2.0)]), None);
        assert_eq!(spearman([]), None);
        assert_eq!(spearman([(1.0, 2.0), (f64::NAN, 3.0)]), None);
    }
}
