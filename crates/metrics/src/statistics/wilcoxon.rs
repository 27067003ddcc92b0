//! Wilcoxon's signed-rank test of paired differences, two-sided.
//!
//! Wilcoxon, *Individual Comparisons by Ranking Methods*, Biometrics Bulletin 1, 1945. Choices are those of `SciPy`'s default:
//! differences of 0 are removed, equal sizes share their mean rank, and the distribution is exact wherever that is cheap.

use libm::erfc;
use serde::{Deserialize, Serialize};

/// Most differences of the exact distribution without ties and zeros.
const MOST_EXACT: usize = 50;

/// Most differences of the exact distribution with ties or zeros.
const MOST_EXACT_WITH_TIES: usize = 13;

/// Which distribution a p-value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignedRankMethod {
    /// All assignments of signs to the ranks.
    Exact,
    /// The normal distribution, with its variance corrected for ties.
    Normal,
}

/// The result of a test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedRank {
    /// Differences that are not 0.
    pub n: usize,
    /// The smaller of the two sums of ranks.
    pub statistic: f64,
    /// Matched-pairs rank-biserial correlation (Kerby, 2014): the sum of the ranks of positive differences minus that of negative
    /// ones, as a fraction of their total; −1 to 1.
    pub effect: f64,
    /// Probability of so large an imbalance, or a larger one, if both signs are equally probable.
    pub p: f64,
    /// The distribution.
    pub method: SignedRankMethod,
}

/// Tests whether finite differences are symmetric around 0. If all are 0, p is 1.
pub fn signed_rank(differences: &[f64]) -> SignedRank {
    let mut sizes: Vec<f64> = differences
        .iter()
        .filter(|difference| **difference != 0.0)
        .copied()
        .collect();
    sizes.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let n = sizes.len();
    let groups: Vec<&[f64]> = sizes
        .chunk_by(|one, other| one.abs().total_cmp(&other.abs()).is_eq())
        .collect();
    // Twice the rank is a whole number, also for a mean rank.
    let mut doubled = Vec::with_capacity(n);
    let mut positive = 0;
    for group in &groups {
        let rank = 2 * doubled.len() + group.len() + 1;
        let above = group.iter().filter(|difference| **difference > 0.0).count();
        positive += rank * above;
        doubled.extend(std::iter::repeat_n(rank, group.len()));
    }
    let total = n * (n + 1);
    let negative = total - positive;

    let has_ties = groups.len() < n || n < differences.len();
    let most = if has_ties {
        MOST_EXACT_WITH_TIES
    } else {
        MOST_EXACT
    };
    let (p, method) = if n == 0 {
        (1.0, SignedRankMethod::Exact)
    } else if differences.len() <= most {
        (exact(&doubled, positive), SignedRankMethod::Exact)
    } else {
        let ties = groups.iter().map(|group| group.len());
        (normal(n, positive, ties), SignedRankMethod::Normal)
    };
    SignedRank {
        n,
        statistic: positive.min(negative) as f64 / 2.0,
        effect: (positive as f64 - negative as f64) / total.max(1) as f64,
        p,
        method,
    }
}

/// Twice the smaller tail of the sums of positive ranks over all assignments of signs. Ranks and sum are doubled.
fn exact(ranks: &[usize], positive: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    // Assignments by their sum: at most 2⁵⁰, which 64-bit floating point counts exactly.
    let mut assignments = vec![0.0_f64; total + 1];
    assignments[0] = 1.0;
    for &rank in ranks {
        for sum in (rank..=total).rev() {
            assignments[sum] += assignments[sum - rank];
        }
    }
    let below: f64 = assignments[..=positive].iter().sum();
    let above: f64 = assignments[positive..].iter().sum();
    let all: f64 = assignments.iter().sum();
    (2.0 * below.min(above) / all).min(1.0)
}

/// Twice the tail of the normal distribution, for `n` differences with these numbers of equal sizes.
fn normal(n: usize, positive: usize, ties: impl Iterator<Item = usize>) -> f64 {
    let n = n as f64;
    let mean = n * (n + 1.0) / 4.0;
    let correction: f64 = ties.map(|tied| (tied as f64).powi(3) - tied as f64).sum();
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - correction / 2.0) / 24.0;
    let score = (positive as f64 / 2.0 - mean) / variance.sqrt();
    erfc(score.abs() / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_gains_of_five_have_twice_one_chance_in_32() {
        let result = signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((result.n, result.statistic, result.effect), (5, 0.0, 1.0));
        assert_eq!(
            (result.p, result.method),
            (2.0 / 32.0, SignedRankMethod::Exact)
        );
        let turned = signed_rank(&[-1.0, -2.0, -3.0, -4.0, -5.0]);
        assert_eq!((turned.p, turned.effect), (result.p, -1.0));
    }

    #[test]
    fn no_difference_is_no_evidence() {
        for differences in [&[][..], &[0.0], &[0.0; 60]] {
            let result = signed_rank(differences);
            assert_eq!((result.n, result.p, result.effect), (0, 1.0, 0.0));
        }
        // Rank 1.5 on either side.
        let result = signed_rank(&[1.0, -1.0]);
        assert_eq!((result.statistic, result.p), (1.5, 1.0));
    }

    #[test]
    fn more_differences_than_are_counted_exactly_use_the_normal_distribution() {
        let differences: Vec<f64> = (1..=51).map(|size| f64::from(size) - 10.5).collect();
        let method = |count: usize| signed_rank(&differences[..count]).method;
        assert_eq!(method(20), SignedRankMethod::Normal, "ties: 0.5 and −0.5");
        let distinct: Vec<f64> = (1..=51).map(f64::from).collect();
        let method = |count: usize| signed_rank(&distinct[..count]).method;
        assert_eq!(method(50), SignedRankMethod::Exact);
        assert_eq!(method(51), SignedRankMethod::Normal);
    }
}
