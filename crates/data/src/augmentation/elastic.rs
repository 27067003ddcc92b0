//! Elastic deformation: a smooth field of random displacements.

#[cfg(test)]
mod tests;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::SettingError;

/// The largest displacement at which a field of cubic B-splines cannot fold over, as a fraction of the distance between
/// knots: 1 / 2.046, rounded down (Y. Choi, S. Lee, "Injectivity conditions of 2D and 3D uniform cubic B-spline functions",
/// Graphical Models 62, 2000).
const WITHOUT_FOLDS: f64 = 0.48;

/// Random displacements on a square lattice, interpolated by a uniform cubic B-spline (its weights are positive and have
/// the sum 1, so no pixel moves further than the knots do).
///
/// The idea is from P. Simard et al. (ICDAR 2003), who smooth one displacement per pixel, and from the original U-Net,
/// which interpolates one per knot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elastic {
    /// Maximum displacement in pixels, vertically and horizontally; a typical pixel moves a quarter of that. 0 for off.
    pub amplitude: f64,
    /// Distance in pixels between random displacements.
    pub smoothness: f64,
    /// Probability of the deformation.
    pub probability: f64,
}

impl Default for Elastic {
    fn default() -> Self {
        Self {
            amplitude: 0.0,
            smoothness: 32.0,
            probability: 1.0,
        }
    }
}

impl Elastic {
    pub(super) fn validate(&self) -> Result<(), SettingError> {
        if !(2.0..=10_000.0).contains(&self.smoothness) {
            return Err(SettingError::new(
                "augment.elastic.smoothness",
                "2 to 10000 pixels",
                self.smoothness.to_string(),
            ));
        }
        let most = WITHOUT_FOLDS * self.smoothness;
        if !(0.0..=most).contains(&self.amplitude) {
            return Err(SettingError::new(
                "augment.elastic.amplitude",
                format!(
                    "0 to {most}, which is {WITHOUT_FOLDS} of augment.elastic.smoothness \
                     and the largest value at which nothing folds over"
                ),
                self.amplitude.to_string(),
            ));
        }
        Ok(())
    }
}

/// The displacements of one image.
#[derive(Clone, Debug)]
pub(super) struct Displacement {
    spacing: f64,
    /// Knots per row of the lattice.
    knots: usize,
    /// Displacement of every knot, row after row: pixels down and to the right.
    lattice: Vec<[f64; 2]>,
    /// For every column: its first knot, and the weights of that and the next three.
    columns: Vec<(usize, [f64; 4])>,
}

impl Displacement {
    /// Draws a field for images of `size`.
    pub(super) fn draw(settings: &Elastic, [height, width]: [usize; 2], seed: u64) -> Self {
        let spacing = settings.smoothness;
        let knots = |length: usize| ((length - 1) as f64 / spacing) as usize + 4;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut component = || random.random_range(-1.0..=1.0) * settings.amplitude;
        Self {
            spacing,
            knots: knots(width),
            lattice: (0..knots(height) * knots(width))
                .map(|_| [component(), component()])
                .collect(),
            columns: (0..width).map(|column| weights(column, spacing)).collect(),
        }
    }

    /// The displacement of every pixel of a row, down and to the right.
    pub(super) fn row(&self, row: usize, line: &mut Vec<[f64; 2]>) {
        let (first, weights) = weights(row, self.spacing);
        let mixed: Vec<[f64; 2]> = (0..self.knots)
            .map(|knot| {
                let knots = (first..).map(|row| self.lattice[row * self.knots + knot]);
                sum(weights.into_iter().zip(knots))
            })
            .collect();
        line.clear();
        line.extend(self.columns.iter().map(|(first, weights)| {
            let knots = mixed[*first..].iter().copied();
            sum(weights.iter().copied().zip(knots))
        }));
    }
}

fn sum(parts: impl Iterator<Item = (f64, [f64; 2])>) -> [f64; 2] {
    parts.fold([0.0; 2], |[down, across], (weight, part)| {
        [down + weight * part[0], across + weight * part[1]]
    })
}

/// The first knot that affects a pixel, and the weights of that and the next three: the uniform cubic B-spline.
fn weights(pixel: usize, spacing: f64) -> (usize, [f64; 4]) {
    let place = pixel as f64 / spacing;
    let part = place.fract();
    let (rest, square, cube) = (1.0 - part, part * part, part * part * part);
    let weights = [
        rest * rest * rest,
        3.0 * cube - 6.0 * square + 4.0,
        -3.0 * cube + 3.0 * square + 3.0 * part + 1.0,
        cube,
    ];
    (place as usize, weights.map(|weight| weight / 6.0))
}
