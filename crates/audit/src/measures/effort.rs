//! The effort curve: how much of what is wrong is found, against how much is looked at.

use crate::measures::ranking::doubtful_first;

/// One thing to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The higher, the earlier it is looked at; NaN last.
    pub score: f64,
    /// What looking at it costs: 1 for an image, or its area.
    pub cost: f64,
    /// How much is found there: 1 for a wrong image, or its wrong pixels.
    pub found: f64,
}

/// A point of the curve: a fraction of the cost, and the fraction of all that is wrong that is found for it.
pub type Point = [f64; 2];

/// The effort curve, with straight lines between its points.
#[derive(Clone, Debug, PartialEq)]
pub struct EffortCurve {
    /// From `[0, 0]` to `[1, 1]`, one point for each different score: what has the same score is looked at in any order, so on
    /// average along a straight line.
    pub points: Vec<Point>,
}

impl EffortCurve {
    /// The curve of things that are looked at by falling score; costs and findings are finite and at least 0. None if nothing is
    /// to be found, or nothing costs anything.
    pub fn new(looks: impl IntoIterator<Item = Look>) -> Option<Self> {
        let mut looks: Vec<Look> = looks.into_iter().collect();
        looks.sort_by(|one, other| doubtful_first(one.score, other.score));
        let cost: f64 = looks.iter().map(|look| look.cost).sum();
        let found: f64 = looks.iter().map(|look| look.found).sum();
        if cost <= 0.0 || found <= 0.0 {
            return None;
        }
        let mut points = vec![[0.0, 0.0]];
        let (mut paid, mut seen) = (0.0, 0.0);
        for tied in looks.chunk_by(|one, other| doubtful_first(one.score, other.score).is_eq()) {
            paid += tied.iter().map(|look| look.cost).sum::<f64>();
            seen += tied.iter().map(|look| look.found).sum::<f64>();
            points.push([paid / cost, seen / found]);
        }
        // The sums above may differ from the totals in their last bit.
        if let Some(last) = points.last_mut() {
            *last = [1.0, 1.0];
        }
        Some(Self { points })
    }

    /// The area under the curve: 0.5 for a random order.
    pub fn area(&self) -> f64 {
        self.points
            .windows(2)
            .map(|pair| (pair[1][0] - pair[0][0]) * (pair[0][1] + pair[1][1]) / 2.0)
            .sum()
    }

    /// The fraction found for this fraction of the cost.
    pub fn found_at(&self, cost: f64) -> f64 {
        let cost = cost.clamp(0.0, 1.0);
        let after = self
            .points
            .iter()
            .position(|[paid, _]| *paid >= cost)
            .unwrap_or(self.points.len() - 1);
        let [right, high] = self.points[after];
        let [left, low] = self.points[after.saturating_sub(1)];
        if right <= left {
            return high;
        }
        low + (high - low) * (cost - left) / (right - left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(looks: &[[f64; 3]]) -> Option<EffortCurve> {
        EffortCurve::new(
            looks
                .iter()
                .map(|&[score, cost, found]| Look { score, cost, found }),
        )
    }

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn a_random_order_finds_half_of_it_with_half_of_the_effort() {
        let none = curve(&[[1.0, 1.0, 0.0], [1.0, 1.0, 3.0]]).expect("something to find");
        assert_eq!(none.points, [[0.0, 0.0], [1.0, 1.0]]);
        assert_close(none.area(), 0.5);
        assert_close(none.found_at(0.25), 0.25);
    }

    #[test]
    fn a_good_order_finds_it_early_and_costs_count() {
        let good = curve(&[[2.0, 1.0, 4.0], [1.0, 3.0, 0.0]]).expect("something to find");
        assert_eq!(good.points, [[0.0, 0.0], [0.25, 1.0], [1.0, 1.0]]);
        assert_close(good.area(), 0.125 + 0.75);
        assert_close(good.found_at(0.125), 0.5);
        assert_close(good.found_at(0.6), 1.0);
        assert_close(good.found_at(-1.0), 0.0);
        let bad = curve(&[[1.0, 1.0, 4.0], [2.0, 3.0, 0.0]]).expect("something to find");
        assert_close(bad.area(), 0.125);
    }

    #[test]
    fn what_costs_nothing_is_found_at_once() {
        let free = curve(&[[2.0, 0.0, 1.0], [1.0, 1.0, 1.0]]).expect("something to find");
        assert_close(free.found_at(0.0), 0.0);
        assert_close(free.area(), 0.75);
    }

    #[test]
    fn nothing_to_find_has_no_curve() {
        for looks in [&[][..], &[[1.0, 1.0, 0.0]], &[[1.0, 0.0, 1.0]]] {
            assert_eq!(curve(looks), None);
        }
    }
}
