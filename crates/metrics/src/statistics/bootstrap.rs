//! Intervals by the bootstrap: the spread of a statistic over draws of the same units with replacement.
//!
//! Efron, *Bootstrap Methods: Another Look at the Jackknife*, Annals of Statistics 7, 1979. The interval consists of percentiles
//! of the draws. What is drawn must be independent: patients, not the images of one patient.

use crate::statistics::description::quantile;

/// How often units are drawn, and the seed of the draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// How many times as many units as there are, are drawn from them.
    pub draws: usize,
    /// The same seed and number of units give the same draws.
    pub seed: u64,
    /// The interval contains this percentage of the draws.
    pub percent: u8,
}

impl Default for Resampling {
    /// 2,000 draws with a fixed seed, and 95 %.
    fn default() -> Self {
        Self {
            draws: 2000,
            seed: 2189,
            percent: 95,
        }
    }
}

impl Resampling {
    /// The interval of a statistic of `units`, which gets the indices of the drawn units, and returns none for draws of which it
    /// is undefined; these draws are omitted. None for fewer than two units, whose draws would say nothing.
    pub fn interval(
        &self,
        units: usize,
        statistic: impl Fn(&[usize]) -> Option<f64>,
    ) -> Option<[f64; 2]> {
        if units < 2 {
            return None;
        }
        let mut numbers = Numbers(self.seed);
        let mut drawn = vec![0; units];
        let values: Vec<f64> = (0..self.draws)
            .filter_map(|_| {
                drawn.fill_with(|| numbers.below(units));
                statistic(&drawn)
            })
            .collect();
        percentile_interval(values, f64::from(self.percent.min(100)) / 100.0)
    }
}

/// The interval between the percentiles that leave half of `1 − confidence` on either side, linear between ranks; none of no values.
pub fn percentile_interval(mut values: Vec<f64>, confidence: f64) -> Option<[f64; 2]> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let outside = (1.0 - confidence) / 2.0;
    Some([outside, 1.0 - outside].map(|fraction| quantile(&values, fraction)))
}

/// Random numbers by `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014), which is short enough to never change.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// An index below `end`: the upper half of a product of 128 bits, whose bias of `end / 2⁶⁴` is nothing here.
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::description::mean;

    fn interval_of(values: &[f64], resampling: Resampling) -> Option<[f64; 2]> {
        resampling.interval(values.len(), |drawn| {
            mean(&drawn.iter().map(|&index| values[index]).collect::<Vec<_>>())
        })
    }

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        // The first outputs for the seed 1234567 in the authors' reference code.
        let mut numbers = Numbers(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| numbers.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_another_seed_a_similar_one() {
        let values: Vec<f64> = (0..40).map(|index| f64::from(index % 7)).collect();
        let usual = Resampling::default();
        let first = interval_of(&values, usual).expect("an interval");
        assert_eq!(interval_of(&values, usual), Some(first));
        let other = interval_of(&values, Resampling { seed: 1, ..usual }).expect("an interval");
        assert!((first[0] - other[0]).abs() > 1e-6, "the same draws");
        let mean = mean(&values).expect("values");
        for [low, high] in [first, other] {
            assert!(low < mean && mean < high, "{low} to {high} around {mean}");
            // ± 1.96 standard errors of 2 / √40.
            assert!(
                (high - low - 2.0 * 1.96 * 0.31).abs() < 0.15,
                "{low} to {high}"
            );
        }
    }

    #[test]
    fn every_unit_is_drawn_equally_often() {
        let mut numbers = Numbers(5);
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            counts[numbers.below(3)] += 1;
        }
        for count in counts {
            assert!((9700..10_300).contains(&count), "{counts:?}");
        }
    }

    #[test]
    fn a_single_unit_has_no_interval_and_undefined_draws_are_omitted() {
        assert_eq!(interval_of(&[1.0], Resampling::default()), None);
        let interval = Resampling::default()
            .interval(2, |drawn| (drawn[0] == drawn[1]).then_some(drawn[0] as f64));
        assert_eq!(interval, Some([0.0, 1.0]));
        assert_eq!(Resampling::default().interval(2, |_| None), None);
    }
}
