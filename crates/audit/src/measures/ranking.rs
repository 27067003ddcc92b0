//! How well a score orders items so that the wrong ones come first: area under the ROC curve, average precision, precision
//! among the worst.
//!
//! A higher score means more doubtful. Items with the same score are tied: every measure here is what it would be on average
//! over all orders of the tied ones, except the average precision, which takes a tied group in one step as scikit-learn does.

use std::cmp::Ordering;

/// Items that are wrong or not, each with a score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Groups of equal scores, the most doubtful first.
    groups: Vec<Group>,
    items: usize,
    wrong: usize,
}

/// Items with the same score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Group {
    items: usize,
    wrong: usize,
}

impl Ranking {
    /// Orders items by their scores, the highest first. NaN is lowest: an item about which nothing is known is looked at last.
    pub fn new(items: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut sorted: Vec<(f64, bool)> = items.into_iter().collect();
        sorted.sort_by(|(one, _), (other, _)| doubtful_first(*one, *other));
        let groups: Vec<Group> = sorted
            .chunk_by(|(one, _), (other, _)| doubtful_first(*one, *other).is_eq())
            .map(|tied| Group {
                items: tied.len(),
                wrong: tied.iter().filter(|(_, wrong)| *wrong).count(),
            })
            .collect();
        Self {
            items: sorted.len(),
            wrong: groups.iter().map(|group| group.wrong).sum(),
            groups,
        }
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.items
    }

    /// How many of them are wrong.
    pub fn wrong(&self) -> usize {
        self.wrong
    }

    /// The fraction of wrong items, which is the average precision of a random order; none without items.
    pub fn prevalence(&self) -> Option<f64> {
        (self.items > 0).then(|| self.wrong as f64 / self.items as f64)
    }

    /// Area under the ROC curve: the probability that a wrong item has a higher score than a right one, where equal scores
    /// count as half (Hanley and McNeil, Radiology 143, 1982). None if all items are wrong, or none.
    pub fn auroc(&self) -> Option<f64> {
        let right = self.items - self.wrong;
        if self.wrong == 0 || right == 0 {
            return None;
        }
        let mut pairs = 0.0;
        let mut right_below = right as f64;
        for group in &self.groups {
            let tied = (group.items - group.wrong) as f64;
            right_below -= tied;
            pairs += group.wrong as f64 * (right_below + tied / 2.0);
        }
        Some(pairs / (self.wrong as f64 * right as f64))
    }

    /// Average precision: over the thresholds, the precision times the gain in recall, without interpolation. `elsewhere` wrong
    /// items are in no list, and so are never found. None without any wrong item.
    pub fn average_precision(&self, elsewhere: usize) -> Option<f64> {
        let all = self.wrong + elsewhere;
        if all == 0 {
            return None;
        }
        let (mut seen, mut found, mut sum) = (0, 0, 0.0);
        for group in &self.groups {
            seen += group.items;
            found += group.wrong;
            sum += group.wrong as f64 * found as f64 / seen as f64;
        }
        Some(sum / all as f64)
    }

    /// The number of items of the worst `share`: rounded up, at least one.
    pub fn worst(&self, share: f64) -> usize {
        // A product such as 0.1 · 30 may be a little above the whole number that it is.
        let count = (share.clamp(0.0, 1.0) * self.items as f64 - 1e-9).ceil();
        (count as usize).clamp(1, self.items.max(1))
    }

    /// The fraction of wrong items among the worst `share`. None without items.
    pub fn precision_at(&self, share: f64) -> Option<f64> {
        let count = self.worst(share);
        (self.items > 0).then(|| self.found_among(count as f64) / count as f64)
    }

    /// The highest precision among the worst `share` that any order could have: below 1 if there are fewer wrong items.
    pub fn best_precision_at(&self, share: f64) -> Option<f64> {
        let count = self.worst(share);
        (self.items > 0).then(|| self.wrong.min(count) as f64 / count as f64)
    }

    /// How many wrong items are expected among the first `count`.
    fn found_among(&self, count: f64) -> f64 {
        let (mut left, mut found) = (count, 0.0);
        for group in &self.groups {
            let share = (left / group.items as f64).min(1.0);
            found += share * group.wrong as f64;
            left -= group.items as f64;
            if left <= 0.0 {
                break;
            }
        }
        found
    }
}

/// The higher score first, and NaN last.
pub(crate) fn doubtful_first(one: f64, other: f64) -> Ordering {
    match (one.is_nan(), other.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        // Both zeros are the same score.
        (false, false) => other.partial_cmp(&one).unwrap_or(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[(f64, bool)]) -> Ranking {
        Ranking::new(items.iter().copied())
    }

    #[test]
    fn a_perfect_order_a_reversed_one_and_no_order() {
        let perfect = of(&[(3.0, true), (2.0, true), (1.0, false), (0.0, false)]);
        assert_eq!(perfect.auroc(), Some(1.0));
        assert_eq!(perfect.average_precision(0), Some(1.0));
        assert_eq!(perfect.precision_at(0.5), Some(1.0));
        let reversed = of(&[(3.0, false), (2.0, false), (1.0, true), (0.0, true)]);
        assert_eq!(reversed.auroc(), Some(0.0));
        assert_eq!(reversed.precision_at(0.5), Some(0.0));
        let none = of(&[(1.0, true), (1.0, false), (1.0, true), (1.0, false)]);
        assert_eq!(none.auroc(), Some(0.5));
        assert_eq!(none.average_precision(0), none.prevalence());
        assert_eq!(none.precision_at(0.25), Some(0.5));
    }

    #[test]
    fn nothing_to_find_has_no_measure() {
        let right = of(&[(1.0, false), (0.0, false)]);
        assert_eq!((right.auroc(), right.average_precision(0)), (None, None));
        assert_eq!(right.precision_at(0.1), Some(0.0));
        let empty = of(&[]);
        assert_eq!((empty.prevalence(), empty.precision_at(0.1)), (None, None));
        assert_eq!(of(&[(1.0, true)]).auroc(), None);
    }

    #[test]
    fn what_no_list_contains_is_never_found() {
        let half = of(&[(2.0, true), (1.0, false)]);
        assert_eq!(half.average_precision(1), Some(0.5));
        assert_eq!(of(&[]).average_precision(2), Some(0.0));
    }

    #[test]
    fn unknown_scores_come_last_and_both_zeros_are_equal() {
        let ranking = of(&[(f64::NAN, true), (f64::NEG_INFINITY, false)]);
        assert_eq!(ranking.auroc(), Some(0.0));
        assert_eq!(of(&[(0.0, true), (-0.0, false)]).auroc(), Some(0.5));
    }

    #[test]
    fn the_worst_are_rounded_up_and_never_more_than_wrong_ones_can_fill() {
        let items: Vec<(f64, bool)> = (0..30)
            .map(|index| (f64::from(index), index == 29))
            .collect();
        let ranking = of(&items);
        assert_eq!((ranking.worst(0.1), ranking.worst(0.05)), (3, 2));
        assert_eq!((ranking.worst(0.0), ranking.worst(2.0)), (1, 30));
        assert_eq!(ranking.precision_at(0.1), ranking.best_precision_at(0.1));
        assert_eq!(ranking.best_precision_at(0.1), Some(1.0 / 3.0));
    }
}
