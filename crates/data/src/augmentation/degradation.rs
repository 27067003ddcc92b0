//! Changes as by a worse camera: blur, reduced resolution, noise.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::images::picture::Picture;
use crate::images::resize::resize_picture;

/// Gaussian blur.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blur {
    /// Range of the standard deviation in pixels; `[0, 0]` for off.
    pub sigma: [f64; 2],
    /// Probability of the blur.
    pub probability: f64,
}

impl Default for Blur {
    fn default() -> Self {
        Self {
            sigma: [0.0, 0.0],
            probability: 1.0,
        }
    }
}

/// Reduced resolution: an image is shrunk and enlarged again, by the usual resizing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LowResolution {
    /// Range of the factor by which rows and columns are reduced; `[1, 1]` for off.
    pub factor: [f64; 2],
    /// Probability of the change.
    pub probability: f64,
}

impl Default for LowResolution {
    fn default() -> Self {
        Self {
            factor: [1.0, 1.0],
            probability: 1.0,
        }
    }
}

/// Gaussian noise, independent for every pixel and colour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Noise {
    /// Maximum standard deviation, relative to a range of 1; the deviation of each image is drawn between 0 and this.
    pub deviation: f64,
    /// Probability of the noise.
    pub probability: f64,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            deviation: 0.0,
            probability: 1.0,
        }
    }
}

/// Blurs every plane of `height × width` values, repeating its border.
pub(super) fn blur(values: &mut [f32], height: usize, width: usize, sigma: f64) {
    let kernel = gaussian(sigma);
    let reach = kernel.len() / 2;
    let mut padded = vec![0.0; width + 2 * reach];
    let mut wide = vec![0.0; height * width];
    for plane in values.chunks_exact_mut(height * width) {
        for (line, blurred) in plane.chunks_exact(width).zip(wide.chunks_exact_mut(width)) {
            padded[..reach].fill(line[0]);
            padded[reach..reach + width].copy_from_slice(line);
            padded[reach + width..].fill(line[width - 1]);
            blurred.fill(0.0);
            for (shift, weight) in kernel.iter().enumerate() {
                add(blurred, *weight, &padded[shift..shift + width]);
            }
        }
        for (row, blurred) in plane.chunks_exact_mut(width).enumerate() {
            blurred.fill(0.0);
            for (shift, weight) in kernel.iter().enumerate() {
                let from = (row + shift).saturating_sub(reach).min(height - 1);
                add(blurred, *weight, &wide[from * width..][..width]);
            }
        }
    }
}

fn add(sum: &mut [f32], weight: f32, part: &[f32]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += weight * part;
    }
}

/// Weights of a Gaussian at whole pixels up to three standard deviations, with the sum 1.
fn gaussian(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|place| (-0.5 * (f64::from(place) / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Planar RGB of `height × width` pixels, as if taken with `factor` times fewer rows and columns.
pub(super) fn lower_resolution(values: &mut [f32], height: usize, width: usize, factor: f64) {
    let fewer = |length: usize| ((length as f64 / factor).round() as usize).max(1);
    let image = Picture {
        height,
        width,
        values: values.to_vec(),
    };
    let small = resize_picture(&image, fewer(height), fewer(width));
    values.copy_from_slice(&resize_picture(&small, height, width).values);
}

/// Adds noise of a standard deviation to values in 0..=1, and clamps them.
pub(super) fn add_noise(values: &mut [f32], deviation: f32, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for value in values {
        let normal: f32 = StandardNormal.sample(&mut random);
        *value = (*value + deviation * normal).clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright point in the middle of three planes.
    fn point(height: usize, width: usize) -> Vec<f32> {
        let mut values = vec![0.0; 3 * height * width];
        for plane in values.chunks_exact_mut(height * width) {
            plane[height / 2 * width + width / 2] = 1.0;
        }
        values
    }

    #[test]
    fn a_point_becomes_a_gaussian_of_the_requested_variance() {
        let (height, width, sigma) = (41, 51, 3.0);
        let mut values = point(height, width);
        blur(&mut values, height, width, sigma);
        for plane in values.chunks_exact(height * width) {
            let moment = |power: i32, across: bool| -> f64 {
                let of = |(index, value): (usize, &f32)| {
                    let (row, column) = (index / width, index % width);
                    let place = if across {
                        column as f64 - (width / 2) as f64
                    } else {
                        row as f64 - (height / 2) as f64
                    };
                    f64::from(*value) * place.powi(power)
                };
                plane.iter().enumerate().map(of).sum()
            };
            assert!((moment(0, true) - 1.0).abs() < 1e-5);
            for across in [true, false] {
                assert!(moment(1, across).abs() < 1e-4);
                // Truncation at three standard deviations makes it slightly narrower.
                let deviation = moment(2, across).sqrt();
                assert!((0.97..1.0).contains(&(deviation / sigma)), "{deviation}");
            }
        }
    }

    #[test]
    fn uniform_images_stay_uniform_up_to_the_borders() {
        let even = vec![0.375; 3 * 9 * 6];
        let mut blurred = even.clone();
        // Wider than the image.
        blur(&mut blurred, 9, 6, 4.0);
        let mut coarse = even.clone();
        lower_resolution(&mut coarse, 9, 6, 3.7);
        for values in [blurred, coarse] {
            assert!(
                values
                    .iter()
                    .zip(&even)
                    .all(|(one, other)| (one - other).abs() < 1e-6)
            );
        }
    }

    #[test]
    fn low_resolution_removes_fine_detail_and_keeps_coarse_structure() {
        let (height, width) = (64, 64);
        let waves = |length: f32| -> Vec<f32> {
            (0..3 * height * width)
                .map(|index| {
                    let column = (index % width) as f32;
                    0.5 + 0.5 * (std::f32::consts::TAU * column / length).sin()
                })
                .collect()
        };
        let spread = |values: &[f32]| {
            let middle = &values[32 * width + 16..][..32];
            middle
                .iter()
                .fold(0.0_f32, |most, value| most.max((value - 0.5).abs()))
        };
        let left = |length| {
            let mut values = waves(length);
            lower_resolution(&mut values, height, width, 4.0);
            spread(&values)
        };
        assert!(left(3.0) < 0.1, "{}", left(3.0));
        assert!(left(32.0) > 0.4, "{}", left(32.0));
    }

    #[test]
    fn noise_has_its_deviation_and_stays_in_range() {
        let mut values = vec![0.5; 30_000];
        add_noise(&mut values, 0.05, 4);
        let mean = values.iter().sum::<f32>() / 30_000.0;
        let square = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f32>()
            / 30_000.0;
        assert!((mean - 0.5).abs() < 2e-3, "{mean}");
        assert!((square.sqrt() - 0.05).abs() < 1e-3, "{}", square.sqrt());
        let mut bright = vec![1.0; 300];
        add_noise(&mut bright, 0.5, 4);
        assert!(bright.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(bright.iter().any(|value| *value < 0.8));
    }
}
