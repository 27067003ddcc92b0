//! Elastic deformation: a smooth field of random displacements.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn elastic(amplitude: f64, smoothness: f64) -> Elastic {
        Elastic {
            amplitude,
            smoothness,
            ..Elastic::default()
        }
    }

    fn field(settings: &Elastic, size: [usize; 2], seed: u64) -> Vec<Vec<[f64; 2]>> {
        let drawn = Displacement::draw(settings, size, seed);
        (0..size[0])
            .map(|row| {
                let mut line = Vec::new();
                drawn.row(row, &mut line);
                line
            })
            .collect()
    }

    #[test]
    fn nothing_moves_further_than_the_amplitude_and_much_moves() {
        for (size, smoothness) in [([40, 70], 8.0), ([33, 33], 100.0), ([1, 5], 2.5)] {
            let settings = elastic(0.48 * smoothness, smoothness);
            for seed in 0..20 {
                let parts: Vec<f64> = field(&settings, size, seed).concat().concat();
                assert!(parts.iter().all(|part| part.abs() <= settings.amplitude));
                assert!(
                    parts
                        .iter()
                        .any(|part| part.abs() > 0.05 * settings.amplitude)
                );
            }
        }
        let parts = field(&elastic(4.0, 10.0), [200, 200], 1).concat().concat();
        let square = parts.iter().map(|part| part * part).sum::<f64>() / parts.len() as f64;
        assert!(
            (0.2..0.35).contains(&(square.sqrt() / 4.0)),
            "{}",
            square.sqrt()
        );
    }

    #[test]
    fn a_constant_displacement_moves_every_pixel_equally() {
        let mut drawn = Displacement::draw(&elastic(1.0, 7.0), [30, 20], 3);
        drawn.lattice.fill([0.5, -0.25]);
        let mut line = Vec::new();
        for row in 0..30 {
            drawn.row(row, &mut line);
            for [down, across] in &line {
                assert!((down - 0.5).abs() < 1e-12 && (across + 0.25).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn nothing_folds_over_at_the_largest_amplitude() {
        let settings = elastic(WITHOUT_FOLDS * 9.0, 9.0);
        settings.validate().expect("allowed");
        let mut smallest = f64::INFINITY;
        for seed in 0..30 {
            let field = field(&settings, [60, 60], seed);
            for row in 0..59 {
                for column in 0..59 {
                    let [down, across] = field[row][column];
                    let [below_down, below_across] = field[row + 1][column];
                    let [beside_down, beside_across] = field[row][column + 1];
                    let area = (1.0 + below_down - down) * (1.0 + beside_across - across)
                        - (beside_down - down) * (below_across - across);
                    smallest = smallest.min(area);
                }
            }
        }
        // Random knots do not reach the worst case, which would come close to 0.
        assert!((0.0..0.5).contains(&smallest), "{smallest}");
    }

    #[test]
    fn an_amplitude_that_could_fold_is_refused() {
        let error = elastic(5.0, 10.0).validate().expect_err("folds");
        assert!(
            error.key.starts_with("augment.elastic.amplitude"),
            "{error}"
        );
        let error = elastic(0.0, 0.0).validate().expect_err("no lattice");
        assert!(
            error.key.starts_with("augment.elastic.smoothness"),
            "{error}"
        );
    }
}
