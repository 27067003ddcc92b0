//! The smallest numbers of each row on Burn's flex backend: rows on all cores, columns in vectors.

use rayon::prelude::*;

use crate::cpu::vectorised::vectorised;

/// Columns compared in parallel.
const LANES: usize = 32;

/// A number that sorts like integers do: −0 equals 0, and NaN comes last.
pub(crate) trait Ranked: Copy + Sync {
    type Rank: Copy + Ord + Default;

    fn rank(self) -> Self::Rank;
}

macro_rules! ranked {
    ($float:ty, $rank:ty) => {
        impl Ranked for $float {
            type Rank = $rank;

            #[inline(always)]
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

/// Columns of the `count` smallest numbers in each row of `distances`, in ascending order; of equal numbers the lower column
/// comes first.
pub(crate) fn smallest<T: Ranked>(distances: &[T], columns: usize, count: usize) -> Vec<i32> {
    if count == 0 {
        return Vec::new();
    }
    let mut nearest = vec![0; distances.len() / columns * count];
    nearest
        .par_chunks_exact_mut(count)
        .zip(distances.par_chunks_exact(columns))
        .for_each_init(Vec::new, |found, (nearest, row)| {
            found.clear();
            look_through(row, count, found);
            for (nearest, (_, column)) in nearest.iter_mut().zip(&*found) {
                *nearest = *column;
            }
        });
    nearest
}

/// Collects the `count` smallest numbers of a row in ascending order.
fn look_through<T: Ranked>(row: &[T], count: usize, found: &mut Vec<(T::Rank, i32)>) {
    let (first, rest) = row.split_at(count);
    for (column, value) in first.iter().enumerate() {
        insert(value.rank(), column, found);
    }
    vectorised(|| {
        let mut ranks = [T::Rank::default(); LANES];
        for (block, values) in rest.chunks(LANES).enumerate() {
            let ranks = &mut ranks[..values.len()];
            let last = found[count - 1].0;
            let mut any = false;
            for (rank, value) in ranks.iter_mut().zip(values) {
                *rank = value.rank();
                // Of equal numbers the lower column is already there.
                any |= *rank < last;
            }
            if any {
                take(ranks, count + block * LANES, found);
            }
        }
    });
}

/// Inserts those of a few columns that are smaller than the last collected one, and drops as many from the end.
fn take<R: Copy + Ord>(ranks: &[R], first: usize, found: &mut Vec<(R, i32)>) {
    for (column, &rank) in ranks.iter().enumerate() {
        if found.last().is_some_and(|(last, _)| rank < *last) {
            found.pop();
            insert(rank, first + column, found);
        }
    }
}

/// Inserts a column after those that are not larger.
fn insert<R: Copy + Ord>(rank: R, column: usize, found: &mut Vec<(R, i32)>) {
    let place = found.partition_point(|(other, _)| *other <= rank);
    found.insert(place, (rank, column as i32));
}
