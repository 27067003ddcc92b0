//! Changes as by a worse camera: blur, reduced resolution, noise.

#[cfg(test)]
mod tests;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::images::planar_image::PlanarImage;
use crate::images::resize::resize_image;

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
    let image = PlanarImage {
        height,
        width,
        values: values.to_vec(),
    };
    let small = resize_image(&image, fewer(height), fewer(width));
    values.copy_from_slice(&resize_image(&small, height, width).values);
}

/// Adds noise of a standard deviation to values in 0..=1, and clamps them.
pub(super) fn add_noise(values: &mut [f32], deviation: f32, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for value in values {
        let normal: f32 = StandardNormal.sample(&mut random);
        *value = (*value + deviation * normal).clamp(0.0, 1.0);
    }
}
