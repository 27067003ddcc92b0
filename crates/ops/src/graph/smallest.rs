//! The smallest of each row on burn's flex backend: rows on all cores, columns as vectors.

use rayon::prelude::*;

use crate::vectorised::vectorised;

/// Columns that are looked at side by side.
const LANES: usize = 16;

/// A number by its place in the order: both zeros are one, and NaN comes last.
pub(super) trait Ranked: Copy + Sync {
    type Rank: Copy + Ord + Default;

    fn rank(self) -> Self::Rank;
}

macro_rules! ranked {
    ($float:ty, $rank:ty) => {
        impl Ranked for $float {
            type Rank = $rank;

            #[inline]
            fn rank(self) -> $rank {
                const SIGN: $rank = 1 << (<$rank>::BITS - 1);
                // −0 + 0 is 0.
                let bits = (self + 0.0).to_bits();
                let rank = if bits < SIGN { bits | SIGN } else { !bits };
                if self.is_nan() { <$rank>::MAX } else { rank }
            }
        }
    };
}

ranked!(f32, u32);
ranked!(f64, u64);

/// Columns of the `count` smallest in each row of `distances`, the smallest first; of equal ones the lower column.
pub(super) fn smallest<T: Ranked>(distances: &[T], columns: usize, count: usize) -> Vec<i32> {
    if count == 0 {
        return Vec::new();
    }
    let mut nearest = vec![0; distances.len() / columns * count];
    nearest
        .par_chunks_exact_mut(count)
        .zip(distances.par_chunks_exact(columns))
        .for_each_init(Vec::new, |found, (nearest, row)| {
            found.clear();
            for (block, values) in row.chunks(LANES).enumerate() {
                look_at(values, block * LANES, count, found);
            }
            for (nearest, (_, column)) in nearest.iter_mut().zip(&*found) {
                *nearest = *column;
            }
        });
    nearest
}

/// Puts those of a few columns where they belong among the smallest so far.
fn look_at<T: Ranked>(values: &[T], first: usize, count: usize, found: &mut Vec<(T::Rank, i32)>) {
    let mut ranks = [T::Rank::default(); LANES];
    let last = found.last().filter(|_| found.len() == count);
    let any = vectorised(|| {
        for (rank, value) in ranks.iter_mut().zip(values) {
            *rank = value.rank();
        }
        // Of equal ones the lower column is there already.
        last.is_none_or(|(last, _)| ranks[..values.len()].iter().any(|rank| rank < last))
    });
    if !any {
        return;
    }
    for (column, &rank) in ranks[..values.len()].iter().enumerate() {
        if found.len() == count {
            if found.last().is_some_and(|(last, _)| rank >= *last) {
                continue;
            }
            found.pop();
        }
        let place = found.partition_point(|(other, _)| *other <= rank);
        found.insert(place, (rank, (first + column) as i32));
    }
}
