//! The third pass.

use std::mem::MaybeUninit;

use ops::arch;
use pulp::NullaryFnOnce;
use rayon::prelude::*;

use super::super::settings::{Choice, EnvelopeSettings, Rule};
use super::likelihood::Likelihoods;
use super::part::{Batch, CHUNK, Part, TILE, class_of, tile_labels};

/// The third pass: the gradient with respect to the logits, given that with respect to L of every image in `upstream`.
pub(in super::super) fn gradient(
    batch: Batch<'_>,
    losses: &[f32],
    choice: &Choice,
    counts: &[f32],
    upstream: &[f32],
    settings: &EnvelopeSettings,
) -> Vec<f32> {
    let classes = settings.classes();
    let pixels = batch.pixels;
    let numbers = batch.logits.len();
    // Not filled with zeros first: on one core that would take as long as everything else.
    let mut gradient: Vec<f32> = Vec::with_capacity(numbers);
    // For each chunk a list of rows, one for each class.
    let mut rows: Vec<Vec<&mut [MaybeUninit<f32>]>> = Vec::new();
    let chunks = pixels.div_ceil(CHUNK);
    rows.resize_with(upstream.len() * chunks, || Vec::with_capacity(classes));
    let unwritten = &mut gradient.spare_capacity_mut()[..numbers];
    for (plane, values) in unwritten.chunks_mut(pixels).enumerate() {
        for (chunk, row) in values.chunks_mut(CHUNK).enumerate() {
            rows[plane / classes * chunks + chunk].push(row);
        }
    }
    rows.into_par_iter()
        .enumerate()
        .for_each_init(Vec::new, |scratch, (number, mut rows)| {
            let (image, first) = (number / chunks, number % chunks * CHUNK);
            let weight = counts[(image + 1) * (2 * classes + 1) - 1];
            let of_image = if weight == 0.0 {
                0.0
            } else {
                upstream[image] / weight
            };
            let count = rows[0].len();
            let part = batch.part(image, first, count, classes);
            let losses = &losses[image * pixels + first..][..count];
            let scale = Scale {
                choice,
                image,
                first,
                of_image,
            };
            write_gradient(&part, settings, losses, &scale, &mut rows, scratch);
        });
    #[expect(
        unsafe_code,
        reason = "the memory is written in pieces by several threads"
    )]
    // SAFETY: the rows above are all of the first `numbers` places, and `write_gradient` writes every pixel of its rows.
    unsafe {
        gradient.set_len(numbers);
    }
    gradient
}

/// Destination of a gradient, and its factor for the whole image.
struct Scale<'a> {
    choice: &'a Choice,
    image: usize,
    first: usize,
    of_image: f32,
}

impl Scale<'_> {
    /// The factor of each pixel of a tile; 0 for ignored and excluded pixels.
    #[inline(always)]
    fn factors(
        &self,
        settings: &EnvelopeSettings,
        losses: &[f32],
        labels: &[i32; TILE],
        first: usize,
    ) -> [f32; TILE] {
        let mut factors = [0.0_f32; TILE];
        if let Rule::Top { .. } = settings.rule {
            for (pixel, &loss) in losses.iter().enumerate() {
                let class = class_of(labels[pixel], settings);
                let place = self.first + first + pixel;
                let kept = labels[pixel] != settings.ignore
                    && self.choice.keeps(self.image, class, place, loss);
                if kept {
                    factors[pixel] = self.of_image * settings.class_weights[class];
                }
            }
            return factors;
        }
        let mut padded = [0.0_f32; TILE];
        padded[..losses.len()].copy_from_slice(losses);
        for (class, weight) in settings.class_weights.iter().enumerate() {
            let largest = self.choice.largest(self.image, class);
            let factor = self.of_image * weight;
            for pixel in 0..TILE {
                // NaN is kept, so that it reaches the result.
                let beyond = padded[pixel] > largest;
                let kept = labels[pixel] == class as i32 && !beyond;
                factors[pixel] = if kept { factor } else { factors[pixel] };
            }
        }
        factors
    }
}

fn write_gradient(
    part: &Part<'_>,
    settings: &EnvelopeSettings,
    losses: &[f32],
    scale: &Scale<'_>,
    rows: &mut [&mut [MaybeUninit<f32>]],
    powers: &mut Vec<[f32; TILE]>,
) {
    struct Work<'a, 'b, 'c> {
        part: &'a Part<'b>,
        settings: &'a EnvelopeSettings,
        losses: &'a [f32],
        scale: &'a Scale<'b>,
        rows: &'a mut [&'c mut [MaybeUninit<f32>]],
        powers: &'a mut [[f32; TILE]],
    }
    impl NullaryFnOnce for Work<'_, '_, '_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self {
                part,
                settings,
                losses,
                scale,
                rows,
                powers,
            } = self;
            for (tile, losses) in losses.chunks(TILE).enumerate() {
                let (first, count) = (tile * TILE, losses.len());
                let labels = tile_labels(&part.labels[first..first + count], settings.ignore);
                let factors = scale.factors(settings, losses, &labels, first);
                let found = Likelihoods::new(part, first, count, &labels, powers);
                let mut slopes = [0.0_f32; TILE];
                for pixel in 0..TILE {
                    let sum = found.truth[pixel] + found.others[pixel];
                    let slope = factors[pixel] * found.slope(pixel, settings.term) / sum;
                    // Zeros are written, not multiplied: an ignored pixel may have any value.
                    slopes[pixel] = if factors[pixel] == 0.0 { 0.0 } else { slope };
                }
                for (class, (row, powers)) in rows.iter_mut().zip(&*powers).enumerate() {
                    let mut values = [0.0_f32; TILE];
                    for pixel in 0..TILE {
                        let own = labels[pixel] == class as i32;
                        let value = if own {
                            -found.others[pixel]
                        } else {
                            powers[pixel]
                        };
                        let value = slopes[pixel] * value;
                        values[pixel] = if factors[pixel] == 0.0 { 0.0 } else { value };
                    }
                    row[first..first + count].write_copy_of_slice(&values[..count]);
                }
            }
        }
    }
    powers.clear();
    powers.resize(settings.classes(), [0.0; TILE]);
    arch().dispatch(Work {
        part,
        settings,
        losses,
        scale,
        rows,
        powers,
    });
}
