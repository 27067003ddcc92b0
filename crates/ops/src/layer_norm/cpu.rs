//! The layer on Burn's flex backend: pixels in vectors, their channels one after the other.
//!
//! Sums are accumulated in 64 bits and in the order of channels and images, so a run gives the same bits on any number of cores.

use rayon::prelude::*;

use crate::cpu::vectorised::vectorised;

/// Pixels whose channels are summed in parallel.
const BLOCK: usize = 64;
/// Numbers of a plane that are summed in parallel.
const LANES: usize = 16;

/// Two numbers for each pixel of a block.
type Pair = [[f32; BLOCK]; 2];

/// Sizes of the maps `[image, channel, pixel]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) channels: usize,
    pub(super) pixels: usize,
}

/// The parameters and statistics of a layer.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) gamma: &'a [f32],
    /// `[image, 2, pixel]`: means, and 1/√(variance + ε).
    pub(super) statistics: &'a [f32],
}

/// The output, and `[image, 2, pixel]`: means and 1/√(variance + ε).
pub(super) fn forward(
    input: &[f32],
    sizes: Sizes,
    gamma: &[f32],
    beta: &[f32],
    epsilon: f64,
) -> (Vec<f32>, Vec<f32>) {
    let mut output = vec![0.0; input.len()];
    if output.is_empty() {
        return (output, Vec::new());
    }
    let Sizes { channels, pixels } = sizes;
    let statistics = per_pixel(input.len(), sizes, |image, first, width| {
        let maps = &input[image * channels * pixels..][..channels * pixels];
        moments(maps, sizes, first, width, epsilon)
    });
    output
        .par_chunks_mut(pixels)
        .zip(input.par_chunks(pixels))
        .enumerate()
        .for_each(|(plane, (output, input))| {
            let (means, steepness) = of_image(&statistics, plane / channels, pixels);
            let (scale, shift) = (gamma[plane % channels], beta[plane % channels]);
            vectorised(|| {
                let moments = means.iter().zip(steepness);
                for ((y, &x), (mean, steepness)) in output.iter_mut().zip(input).zip(moments) {
                    *y = (x - mean) * steepness * scale + shift;
                }
            });
        });
    (output, statistics)
}

/// Gradients with respect to the input, and to γ and β.
pub(super) fn gradients(
    input: &[f32],
    sizes: Sizes,
    layer: Layer<'_>,
    gradient: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let Sizes { channels, pixels } = sizes;
    let mut by_input = vec![0.0; input.len()];
    if by_input.is_empty() {
        return (by_input, vec![0.0; 2 * channels]);
    }
    let means = per_pixel(input.len(), sizes, |image, first, width| {
        let maps = image * channels * pixels..(image + 1) * channels * pixels;
        let moments = of_image(layer.statistics, image, pixels);
        let maps = [&input[maps.clone()], &gradient[maps]];
        slopes(maps, sizes, first, width, layer.gamma, moments)
    });
    let partial: Vec<[f64; 2]> = by_input
        .par_chunks_mut(pixels)
        .zip(input.par_chunks(pixels).zip(gradient.par_chunks(pixels)))
        .enumerate()
        .map(|(plane, (output, (input, gradient)))| {
            let moments = of_image(layer.statistics, plane / channels, pixels);
            let means = of_image(&means, plane / channels, pixels);
            let gamma = layer.gamma[plane % channels];
            plane_gradients(output, [input, gradient], gamma, moments, means)
        })
        .collect();
    let sum = |channel: usize, place: usize| {
        let parts = partial.iter().skip(channel).step_by(channels);
        parts.map(|part| part[place]).sum::<f64>() as f32
    };
    let by_parameters = (0..2).flat_map(|place| (0..channels).map(move |channel| (channel, place)));
    let by_parameters = by_parameters
        .map(|(channel, place)| sum(channel, place))
        .collect();
    (by_input, by_parameters)
}

/// The results of `compute` for every block of pixels, `(image, first pixel, pixels)`, put together: `[image, 2, pixel]`.
fn per_pixel(
    numbers: usize,
    Sizes { channels, pixels }: Sizes,
    compute: impl Fn(usize, usize, usize) -> Pair + Sync,
) -> Vec<f32> {
    let images = numbers / (channels * pixels);
    let blocks = pixels.div_ceil(BLOCK);
    let width = |first: usize| BLOCK.min(pixels - first);
    let pairs: Vec<Pair> = (0..images * blocks)
        .into_par_iter()
        .map(|number| {
            let first = number % blocks * BLOCK;
            compute(number / blocks, first, width(first))
        })
        .collect();
    let mut joined = Vec::with_capacity(images * 2 * pixels);
    for pairs in pairs.chunks_exact(blocks) {
        for row in 0..2 {
            for (block, pair) in pairs.iter().enumerate() {
                joined.extend_from_slice(&pair[row][..width(block * BLOCK)]);
            }
        }
    }
    joined
}

/// The two rows of one image.
fn of_image(rows: &[f32], image: usize, pixels: usize) -> (&[f32], &[f32]) {
    rows[2 * image * pixels..][..2 * pixels].split_at(pixels)
}

/// Means and 1/√(variance + ε) of a block of one image's pixels.
fn moments(maps: &[f32], sizes: Sizes, first: usize, width: usize, epsilon: f64) -> Pair {
    let count = sizes.channels as f64;
    let rows = || {
        maps.chunks_exact(sizes.pixels)
            .map(|row| &row[first..first + width])
    };
    vectorised(|| {
        let mut sums = [0.0_f64; BLOCK];
        for row in rows() {
            for (sum, &x) in sums.iter_mut().zip(row) {
                *sum += f64::from(x);
            }
        }
        let means = sums.map(|sum| (sum / count) as f32);
        let mut squares = [0.0_f64; BLOCK];
        for row in rows() {
            for ((sum, &x), mean) in squares.iter_mut().zip(row).zip(&means) {
                let distance = f64::from(x - mean);
                *sum += distance * distance;
            }
        }
        let steepness = squares.map(|sum| (1.0 / (sum / count + epsilon).sqrt()) as f32);
        [means, steepness]
    })
}

/// Means over the channels of γ·g, and of γ·g·x̂, of a block of one image's pixels.
fn slopes(
    [input, gradient]: [&[f32]; 2],
    sizes: Sizes,
    first: usize,
    width: usize,
    gamma: &[f32],
    (means, steepness): (&[f32], &[f32]),
) -> Pair {
    let count = sizes.channels as f64;
    let block = first..first + width;
    let (means, steepness) = (&means[block.clone()], &steepness[block.clone()]);
    let planes = input.chunks_exact(sizes.pixels);
    let planes = planes.zip(gradient.chunks_exact(sizes.pixels)).zip(gamma);
    vectorised(|| {
        let mut sums = [[0.0_f64; BLOCK]; 2];
        let [of_slope, of_turn] = &mut sums;
        for ((input, gradient), gamma) in planes {
            let (input, gradient) = (&input[block.clone()], &gradient[block.clone()]);
            for (pixel, (&x, g)) in input.iter().zip(gradient).enumerate() {
                let slope = gamma * g;
                let normalised = (x - means[pixel]) * steepness[pixel];
                of_slope[pixel] += f64::from(slope);
                of_turn[pixel] += f64::from(slope * normalised);
            }
        }
        sums.map(|sums| sums.map(|sum| (sum / count) as f32))
    })
}

/// The gradient with respect to one plane of the input, and the plane's contribution to those with respect to γ and β.
fn plane_gradients(
    by_input: &mut [f32],
    [input, gradient]: [&[f32]; 2],
    gamma: f32,
    (means, steepness): (&[f32], &[f32]),
    (slopes, turns): (&[f32], &[f32]),
) -> [f64; 2] {
    vectorised(|| {
        let mut sums = [[0.0_f64; LANES]; 2];
        let [of_gamma, of_beta] = &mut sums;
        for start in (0..input.len()).step_by(LANES) {
            let block = start..(start + LANES).min(input.len());
            let (x, g) = (&input[block.clone()], &gradient[block.clone()]);
            let (means, steepness) = (&means[block.clone()], &steepness[block.clone()]);
            let (slopes, turns) = (&slopes[block.clone()], &turns[block.clone()]);
            let output = &mut by_input[block];
            for lane in 0..x.len() {
                let normalised = (x[lane] - means[lane]) * steepness[lane];
                let rest = gamma * g[lane] - slopes[lane] - normalised * turns[lane];
                output[lane] = steepness[lane] * rest;
                of_gamma[lane] += f64::from(g[lane] * normalised);
                of_beta[lane] += f64::from(g[lane]);
            }
        }
        sums.map(|lanes| lanes.iter().sum())
    })
}
