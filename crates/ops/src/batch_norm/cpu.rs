//! The operation on Burn's flex backend: planes on all cores, pixels in vectors.
//!
//! A plane is summed in 64 bits and planes are added in the order of the images, so a run gives the same bits on any number of
//! cores.

use rayon::prelude::*;

use super::form::{Activation, Form};
use crate::cpu::output::{Output, written};
use crate::cpu::vectorised::vectorised;

/// Numbers summed in parallel.
const LANES: usize = 16;

/// The parameters and statistics of a layer.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) gamma: &'a [f32],
    pub(super) beta: &'a [f32],
    /// Means, then variances.
    pub(super) statistics: &'a [f32],
    pub(super) form: Form,
}

impl Layer<'_> {
    fn channel(&self, number: usize) -> Channel {
        Channel::new(
            self.statistics[number],
            self.statistics[self.gamma.len() + number],
            self.gamma[number],
            self.beta[number],
            self.form,
        )
    }
}

/// One channel of a layer: y = max(floor, (x − mean)·scale + shift).
#[derive(Clone, Copy)]
struct Channel {
    mean: f32,
    /// 1/√(variance + ε).
    steepness: f32,
    /// γ/√(variance + ε).
    scale: f32,
    shift: f32,
    /// 0 with a ReLU after the layer, else −∞.
    floor: f32,
}

impl Channel {
    fn new(mean: f32, variance: f32, gamma: f32, beta: f32, form: Form) -> Self {
        let steepness = (1.0 / (f64::from(variance) + form.epsilon).sqrt()) as f32;
        Self {
            mean,
            steepness,
            scale: gamma * steepness,
            shift: beta,
            floor: match form.activation {
                Activation::None => f32::NEG_INFINITY,
                Activation::Relu => 0.0,
            },
        }
    }

    fn normalised(self, x: f32) -> f32 {
        (x - self.mean) * self.scale + self.shift
    }

    fn is_cut(self, x: f32) -> bool {
        self.normalised(x) <= self.floor
    }
}

/// The output, and means and variances; `input` `[image, channel, pixel]`.
pub(super) fn forward(
    input: &[f32],
    pixels: usize,
    gamma: &[f32],
    beta: &[f32],
    form: Form,
) -> (Vec<f32>, Vec<f32>) {
    let channels = gamma.len();
    let count = (input.len() / channels.max(1)) as f64;
    let means = per_channel(input, pixels, channels, |plane, _| {
        sums(plane, |x| [x, 0.0])
    });
    let means: Vec<f32> = means.iter().map(|sum| (sum[0] / count) as f32).collect();
    let squares = per_channel(input, pixels, channels, |plane, channel| {
        let mean = means[channel];
        // The second sum corrects for the rounding of the mean.
        sums(plane, move |x| [(x - mean) * (x - mean), x - mean])
    });
    let variance = |[squares, rest]: [f64; 2]| {
        let rest = rest / count;
        (squares / count - rest * rest).max(0.0) as f32
    };
    let variances: Vec<f32> = squares.into_iter().map(variance).collect();

    let statistics = [means, variances].concat();
    let layer = Layer {
        gamma,
        beta,
        statistics: &statistics,
        form,
    };
    (by_statistics(input, pixels, layer), statistics)
}

/// The output for given statistics.
pub(super) fn by_statistics(input: &[f32], pixels: usize, layer: Layer<'_>) -> Vec<f32> {
    let channels = layer.gamma.len();
    let write = |output: Output| {
        input
            .par_chunks(pixels)
            .enumerate()
            .for_each(|(plane, input)| {
                #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
                // SAFETY: pixels of this plane only.
                let output = unsafe { output.part(plane * pixels, input.len()) };
                let channel = layer.channel(plane % channels);
                vectorised(|| {
                    for (y, &x) in output.iter_mut().zip(input) {
                        let value = channel.normalised(x);
                        // Not `max`, which would turn NaN into 0.
                        *y = if value <= channel.floor {
                            channel.floor
                        } else {
                            value
                        };
                    }
                });
            });
    };
    #[expect(unsafe_code, reason = "the planes cover every pixel")]
    // SAFETY: the planes cover every pixel, so every element is written.
    unsafe {
        written(input.len(), write)
    }
}

/// Gradients with respect to the input, and to γ and β.
pub(super) fn gradients(
    input: &[f32],
    pixels: usize,
    layer: Layer<'_>,
    gradient: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let channels = layer.gamma.len();
    let count = (input.len() / channels.max(1)) as f64;
    let planes = input.par_chunks(pixels).zip(gradient.par_chunks(pixels));
    let partial: Vec<[f64; 2]> = planes
        .enumerate()
        .map(|(plane, (input, gradient))| {
            let channel = layer.channel(plane % channels);
            sums_of_pairs(input, gradient, move |x, g| {
                let open = if channel.is_cut(x) { 0.0 } else { g };
                [open * ((x - channel.mean) * channel.steepness), open]
            })
        })
        .collect();
    let sums = added(&partial, channels);

    let mut by_input = vec![0.0; input.len()];
    by_input
        .par_chunks_mut(pixels)
        .zip(input.par_chunks(pixels).zip(gradient.par_chunks(pixels)))
        .enumerate()
        .for_each(|(plane, (output, (input, gradient)))| {
            let channel = layer.channel(plane % channels);
            let [by_gamma, by_beta] = sums[plane % channels].map(|sum| (sum / count) as f32);
            vectorised(|| {
                for ((value, &x), &g) in output.iter_mut().zip(input).zip(gradient) {
                    let open = if channel.is_cut(x) { 0.0 } else { g };
                    let unit = (x - channel.mean) * channel.steepness;
                    *value = channel.scale * (open - by_beta - unit * by_gamma);
                }
            });
        });
    let row = |place: usize| sums.iter().map(move |sum| sum[place] as f32);
    (by_input, row(0).chain(row(1)).collect())
}

/// The sums of every plane, added up by channel.
fn per_channel(
    input: &[f32],
    pixels: usize,
    channels: usize,
    sum: impl Fn(&[f32], usize) -> [f64; 2] + Sync,
) -> Vec<[f64; 2]> {
    let partial: Vec<[f64; 2]> = input
        .par_chunks(pixels)
        .enumerate()
        .map(|(plane, values)| sum(values, plane % channels))
        .collect();
    added(&partial, channels)
}

fn added(partial: &[[f64; 2]], channels: usize) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; channels];
    for image in partial.chunks_exact(channels.max(1)) {
        for (sum, part) in sums.iter_mut().zip(image) {
            sum[0] += part[0];
            sum[1] += part[1];
        }
    }
    sums
}

/// Two sums over a plane.
fn sums(plane: &[f32], terms: impl Fn(f32) -> [f32; 2] + Copy) -> [f64; 2] {
    sums_of_pairs(plane, plane, move |x, _| terms(x))
}

/// Two sums over the pixels of two planes.
fn sums_of_pairs(
    left: &[f32],
    right: &[f32],
    terms: impl Fn(f32, f32) -> [f32; 2] + Copy,
) -> [f64; 2] {
    vectorised(|| {
        let mut lanes = [[0.0_f64; LANES]; 2];
        let (left, left_rest) = left.as_chunks::<LANES>();
        let (right, right_rest) = right.as_chunks::<LANES>();
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                let [one, other] = terms(left[lane], right[lane]);
                lanes[0][lane] += f64::from(one);
                lanes[1][lane] += f64::from(other);
            }
        }
        for (lane, (&left, &right)) in left_rest.iter().zip(right_rest).enumerate() {
            let [one, other] = terms(left, right);
            lanes[0][lane] += f64::from(one);
            lanes[1][lane] += f64::from(other);
        }
        lanes.map(|lanes| lanes.iter().sum())
    })
}
