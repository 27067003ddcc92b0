//! Distances between two boundaries: Hausdorff, its 95th percentile, and the normalised surface Dice.

use crate::boundary::{Window, boundary};
use crate::distance::DistanceMap;

/// The symmetric distances of one class in one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SurfaceDistances {
    /// The larger of the two directed maxima.
    pub(crate) hd: f64,
    /// The larger of the two directed 95th percentiles.
    pub(crate) hd95: f64,
    /// The fraction of the pixels of both boundaries that are within the tolerance of the other boundary.
    pub(crate) nsd: f64,
}

/// Relative excess of a squared distance over the squared tolerance that rounding can cause.
const ROUNDING: f64 = 1e-9;

/// Distances between the boundaries of two regions of one `[depth, height, width]` map; `None` when either region is empty.
pub(crate) fn surface_distances(
    shape: [usize; 3],
    spacing: [f64; 3],
    tolerance: f64,
    in_truth: impl Fn(usize) -> bool,
    in_prediction: impl Fn(usize) -> bool,
) -> Option<SurfaceDistances> {
    // All distances are within the box around both regions; nothing outside it needs to be computed.
    let window = Window::around(shape, |at| in_truth(at) || in_prediction(at))?;
    let truth = boundary(shape, &window, in_truth);
    let prediction = boundary(shape, &window, in_prediction);
    if truth.is_empty() || prediction.is_empty() {
        return None;
    }
    let mut hd = 0.0_f64;
    let mut hd95 = 0.0_f64;
    let mut within = 0;
    let reach = tolerance.powi(2) * (1.0 + ROUNDING);
    for (from, to) in [(&truth, &prediction), (&prediction, &truth)] {
        let map = DistanceMap::new(window.lengths(), spacing, to);
        let mut squared: Vec<f64> = from.iter().map(|&pixel| map.squared(pixel)).collect();
        within += squared.iter().filter(|squared| **squared <= reach).count();
        hd = hd.max(squared.iter().copied().fold(0.0, f64::max).sqrt());
        hd95 = hd95.max(percentile_of_roots(&mut squared, 0.95));
    }
    let nsd = within as f64 / (truth.len() + prediction.len()) as f64;
    Some(SurfaceDistances { hd, hd95, nsd })
}

/// The percentile of the square roots of `squared`, which must not be empty, linear between the two nearest ranks: rank
/// `fraction · (n − 1)`, counted from 0, as `NumPy` does by default. Reorders `squared`.
fn percentile_of_roots(squared: &mut [f64], fraction: f64) -> f64 {
    let rank = fraction * (squared.len() - 1) as f64;
    let below = rank.floor() as usize;
    let (_, &mut lower, above) = squared.select_nth_unstable_by(below, f64::total_cmp);
    let lower = lower.sqrt();
    // Without a rank above, it is the last rank, an integer.
    let upper = above
        .iter()
        .copied()
        .min_by(f64::total_cmp)
        .map_or(lower, f64::sqrt);
    lower + (upper - lower) * (rank - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_linear_between_ranks() {
        // Roots 0..=10 in disorder: rank 9.5.
        let mut squared: Vec<f64> = [3, 10, 0, 7, 1, 9, 5, 2, 8, 6, 4]
            .iter()
            .map(|&root| f64::from(root * root))
            .collect();
        assert!((percentile_of_roots(&mut squared, 0.95) - 9.5).abs() < 1e-12);
        assert!((percentile_of_roots(&mut squared, 1.0) - 10.0).abs() < 1e-12);
        assert!((percentile_of_roots(&mut [49.0], 0.95) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_larger_direction_counts() {
        // Truth {0}, prediction {0, 10}: from truth to prediction 0, back 0 and 10.
        let distances = surface_distances(
            [1, 1, 11],
            [1.0; 3],
            2.0,
            |at| at == 0,
            |at| at == 0 || at == 10,
        );
        let distances = distances.expect("both present");
        assert!((distances.hd - 10.0).abs() < 1e-12);
        assert!((distances.hd95 - 9.5).abs() < 1e-12);
        let turned = surface_distances(
            [1, 1, 11],
            [1.0; 3],
            2.0,
            |at| at == 0 || at == 10,
            |at| at == 0,
        );
        assert_eq!(turned, Some(distances));
    }

    #[test]
    fn spacing_stretches_each_axis_by_itself() {
        let between = |a: usize, b: usize| {
            surface_distances(
                [2, 2, 2],
                [7.0, 3.0, 0.5],
                1.0,
                move |at| at == a,
                move |at| at == b,
            )
            .map(|both| both.hd)
        };
        assert_eq!(between(0, 4), Some(7.0));
        assert_eq!(between(0, 2), Some(3.0));
        assert_eq!(between(0, 1), Some(0.5));
    }

    #[test]
    fn the_surface_dice_counts_boundary_pixels_within_the_tolerance() {
        // Truth {0}, prediction {0, 3}: three boundary pixels, of which the one at 3 is three away.
        let nsd = |tolerance: f64, spacing: f64| {
            surface_distances(
                [1, 1, 11],
                [spacing; 3],
                tolerance,
                |at| at == 0,
                |at| at == 0 || at == 3,
            )
            .map(|both| both.nsd)
        };
        assert_eq!(nsd(2.9, 1.0), Some(2.0 / 3.0));
        assert_eq!(nsd(3.0, 1.0), Some(1.0));
        assert_eq!(nsd(0.0, 1.0), Some(2.0 / 3.0));
        // 3 · 0.1 is a little more than 0.3 in 64 bits.
        assert_eq!(nsd(0.3, 0.1), Some(1.0));
    }

    #[test]
    fn an_empty_region_has_no_distance() {
        assert_eq!(
            surface_distances([1, 2, 2], [1.0; 3], 2.0, |_| true, |_| false),
            None
        );
        assert_eq!(
            surface_distances([1, 2, 2], [1.0; 3], 2.0, |_| false, |_| false),
            None
        );
    }
}
