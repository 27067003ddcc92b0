//! The passes on the CPU: vector instructions over pixels, chunks of pixels over all cores.
//!
//! The chunks of an image depend only on its size, and their sums are added in order, so the result has the same bits for any
//! number of cores. Sums have 64 bits, in which those of squares lose nothing that a 32-bit loss could show.
//!
//! Each hot loop is a struct with an inlined method, not a closure: a closure of this size would not be inlined, and
//! would be compiled for the baseline instruction set instead of the dispatched one.
#![expect(
    clippy::inline_always,
    reason = "only code inlined into a dispatched call is compiled for the instruction set of the CPU at hand"
)]

mod gradient;
mod likelihood;
mod part;
mod sums;

use ops::arch;
use pulp::NullaryFnOnce;
use rayon::prelude::*;

use super::settings::{Choice, EnvelopeSettings, Rule};
use crate::pixel_rule::pixels_of_top;
pub(super) use gradient::gradient;
use likelihood::Likelihoods;
pub(super) use part::Batch;
use part::{CHUNK, Part, TILE, tile_labels};
use sums::{ClassSums, Moments};

/// Results of the first two passes.
pub(super) struct Found {
    /// L of every image.
    pub(super) image: Vec<f32>,
    /// `[image, 2·class + 1]`: kept pixels by class, valid pixels by class, and Σ w of the kept ones.
    pub(super) counts: Vec<f32>,
    /// ℓ `[image, pixel]`; 0 where ignored, NaN where the label is no class.
    pub(super) pixel: Vec<f32>,
    /// In the form that [`Choice`] takes; two zeros for each image without a rule.
    pub(super) bounds: Vec<u32>,
}

/// The first and the second pass.
pub(super) fn forward(batch: Batch<'_>, settings: &EnvelopeSettings) -> Found {
    let Batch { labels, pixels, .. } = batch;
    let classes = settings.classes();
    let mut pixel = vec![0.0_f32; labels.len()];
    let moments: Vec<Vec<Moments>> = pixel
        .par_chunks_mut(pixels)
        .enumerate()
        .flat_map(|(image, losses)| {
            losses
                .par_chunks_mut(CHUNK)
                .enumerate()
                .map(move |(chunk, losses)| {
                    let part = batch.part(image, chunk * CHUNK, losses.len(), classes);
                    write_losses(&part, settings, losses);
                    (0..settings.groups())
                        .map(|group| Moments::compute(losses, part.labels, settings, group))
                        .collect()
                })
        })
        .collect();
    let chunks = pixels.div_ceil(CHUNK);
    let bounds: Vec<u32> = (0..labels.len() / pixels)
        .into_par_iter()
        .flat_map_iter(|image| match settings.rule {
            Rule::All => vec![0, 0],
            Rule::Sigma { multiple, .. } => (0..settings.groups())
                .flat_map(|group| {
                    let chunks = &moments[image * chunks..(image + 1) * chunks];
                    let all = Moments::sum(chunks.iter().map(|groups| groups[group]));
                    [all.threshold(f64::from(multiple)).to_bits(), 0]
                })
                .collect(),
            Rule::Top { share } => {
                let range = image * pixels..(image + 1) * pixels;
                last_kept(&pixel[range.clone()], &labels[range], settings, share)
            }
        })
        .collect();

    let choice = Choice::new(settings, bounds.clone());
    let sums: Vec<Vec<ClassSums>> = pixel
        .par_chunks(pixels)
        .zip(labels.par_chunks(pixels))
        .enumerate()
        .flat_map(|(image, (losses, labels))| {
            let choice = &choice;
            losses
                .par_chunks(CHUNK)
                .zip(labels.par_chunks(CHUNK))
                .enumerate()
                .map(move |(chunk, (losses, labels))| {
                    (0..classes)
                        .map(|class| {
                            let at = (image, class, chunk * CHUNK);
                            ClassSums::compute(losses, labels, settings, choice, at)
                        })
                        .collect()
                })
        })
        .collect();
    let mut image_losses = Vec::new();
    let mut counts = Vec::new();
    for chunks in sums.chunks(chunks) {
        let by_class: Vec<ClassSums> = (0..classes)
            .map(|class| ClassSums::sum(chunks.iter().map(|classes| classes[class])))
            .collect();
        let weighted = |value: fn(&ClassSums) -> f64| -> f64 {
            let terms = by_class.iter().zip(&settings.class_weights);
            terms.map(|(sums, &w)| f64::from(w) * value(sums)).sum()
        };
        let (loss, weight) = (weighted(|sums| sums.loss), weighted(|sums| sums.kept));
        image_losses.push(if weight == 0.0 {
            0.0
        } else {
            (loss / weight) as f32
        });
        counts.extend(by_class.iter().map(|sums| sums.kept as f32));
        counts.extend(by_class.iter().map(|sums| sums.valid as f32));
        counts.push(weight as f32);
    }
    Found {
        image: image_losses,
        counts,
        pixel,
        bounds,
    }
}

fn write_losses(part: &Part<'_>, settings: &EnvelopeSettings, losses: &mut [f32]) {
    struct Work<'a, 'b> {
        part: &'a Part<'b>,
        settings: &'a EnvelopeSettings,
        losses: &'a mut [f32],
    }
    impl NullaryFnOnce for Work<'_, '_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self {
                part,
                settings,
                losses,
            } = self;
            let (classes, ignore) = (settings.classes() as i32, settings.ignore);
            let mut powers = vec![[0.0; TILE]; settings.classes()];
            for (tile, losses) in losses.chunks_mut(TILE).enumerate() {
                let first = tile * TILE;
                let labels = tile_labels(&part.labels[first..first + losses.len()], ignore);
                let found = Likelihoods::new(part, first, losses.len(), &labels, &mut powers);
                let mut tile = [0.0_f32; TILE];
                for pixel in 0..TILE {
                    let label = labels[pixel];
                    let loss = found.loss(pixel, settings.term);
                    let is_class = label >= 0 && label < classes;
                    let loss = if is_class { loss } else { f32::NAN };
                    tile[pixel] = if label == ignore { 0.0 } else { loss };
                }
                losses.copy_from_slice(&tile[..losses.len()]);
            }
        }
    }
    arch().dispatch(Work {
        part,
        settings,
        losses,
    });
}

/// The rule `top`: the bits of the last kept pixel's loss, and its number.
fn last_kept(losses: &[f32], labels: &[i32], settings: &EnvelopeSettings, share: f64) -> Vec<u32> {
    // Larger losses first, then earlier pixels. Bits can be compared, since losses are not negative and NaN has the largest.
    let mut keys: Vec<u64> = losses
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(_, (_, label))| **label != settings.ignore)
        .map(|(pixel, (loss, _))| {
            u64::from(loss.abs().to_bits()) << 32 | u64::from(!(pixel as u32))
        })
        .collect();
    let wanted = pixels_of_top(share, keys.len());
    let Some(last) = wanted.checked_sub(1) else {
        return vec![0, 0];
    };
    let (_, key, _) = keys.select_nth_unstable_by(last, |left, right| right.cmp(left));
    vec![(*key >> 32) as u32, !(*key as u32)]
}

/// Inserts the losses of the training images `indices` into the store and looks up their weights by rank. Returns the weights
/// and the new store.
pub(super) fn weights_by_rank(
    losses: &[f32],
    indices: &[i32],
    store: &[f32],
    weight_of_rank: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let mut after = store.to_vec();
    for (&loss, &index) in losses.iter().zip(indices) {
        after[index as usize] = loss;
    }
    #[expect(clippy::float_cmp, reason = "ties are losses that are the same number")]
    let weight = |(&loss, &index): (&f32, &i32)| {
        let smaller = after
            .iter()
            .enumerate()
            .filter(|&(image, &other)| other < loss || (other == loss && image < index as usize));
        weight_of_rank[smaller.count().min(weight_of_rank.len() - 1)]
    };
    let weights = losses.iter().zip(indices).map(weight).collect();
    (weights, after)
}
