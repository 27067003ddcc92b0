//! Ranks, and the combination of several scores by their mean rank.

/// The rank of each score, 1 for the highest; equal scores share their mean rank. Scores that are missing or not a number have
/// none.
pub fn ranks(scores: &[Option<f64>]) -> Vec<Option<f64>> {
    let order = by_score(scores);
    let mut ranks = vec![None; scores.len()];
    let mut start = 0;
    while start < order.len() {
        let same = |index: &&usize| scores[**index] == scores[order[start]];
        let end = start + order[start..].iter().take_while(same).count();
        // The mean of start + 1 to end.
        let rank = (start + 1 + end) as f64 / 2.0;
        for &index in &order[start..end] {
            ranks[index] = Some(rank);
        }
        start = end;
    }
    ranks
}

/// Combines scores: minus the mean, over the columns that have a score of it, of the item's rank as a fraction of that column's
/// ranks. The highest is the most doubtful, as for every score; an item without any score has none.
pub fn mean_rank(columns: &[&[Option<f64>]]) -> Vec<Option<f64>> {
    let length = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let mut sums = vec![(0.0, 0); length];
    for column in columns {
        let ranks = ranks(column);
        let count = ranks.iter().flatten().count() as f64;
        for (sum, rank) in sums.iter_mut().zip(ranks) {
            if let Some(rank) = rank {
                sum.0 += rank / count;
                sum.1 += 1;
            }
        }
    }
    let mean = |(sum, count): (f64, u32)| (count > 0).then(|| -sum / f64::from(count));
    sums.into_iter().map(mean).collect()
}

/// The place of each item in the order of its score, from 1; of equal scores, the earlier item comes first, and items without a
/// score come last.
pub fn places_in_order(scores: &[Option<f64>]) -> Vec<usize> {
    let mut order = by_score(scores);
    let has_none = |index: &usize| scores[*index].is_none_or(f64::is_nan);
    order.extend((0..scores.len()).filter(has_none));
    let mut places = vec![0; scores.len()];
    for (place, index) in order.into_iter().enumerate() {
        places[index] = place + 1;
    }
    places
}

/// The items with a score, the highest first.
fn by_score(scores: &[Option<f64>]) -> Vec<usize> {
    let score = |index: usize| scores[index].filter(|score| !score.is_nan());
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|index| score(*index).is_some())
        .collect();
    let value = |index: usize| score(index).unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|one, other| value(*other).total_cmp(&value(*one)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_share_a_rank_and_missing_ones_have_none() {
        let scores = [
            Some(0.5),
            Some(0.9),
            None,
            Some(0.5),
            Some(f64::NAN),
            Some(0.1),
        ];
        let expected = [Some(2.5), Some(1.0), None, Some(2.5), None, Some(4.0)];
        assert_eq!(ranks(&scores), expected);
        assert_eq!(places_in_order(&scores), [2, 1, 5, 3, 6, 4]);
    }

    #[test]
    fn the_mean_rank_uses_the_columns_that_have_a_score() {
        let one = [Some(3.0), Some(2.0), Some(1.0), None, None];
        let other = [Some(0.1), None, Some(0.2), Some(0.3), None];
        // Fractions of ranks: 1/3, 2/3, 1 and 1, 2/3, 1/3.
        let found = mean_rank(&[&one, &other]);
        let expected = [-2.0 / 3.0, -2.0 / 3.0, -5.0 / 6.0, -1.0 / 3.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.expect("a score") - expected).abs() < 1e-12);
        }
        assert_eq!(found[4], None);
    }
}
