//! The softmax of a tile of pixels, for all of them in parallel.

use ops::vector::{exp, ln_one_plus, power};

use super::super::settings::PixelTerm;
use super::part::{Part, TILE};

/// Below this 1 − p counts as 0: a power of it below 1 would be infinitely steep.
const SMALLEST_MISS: f32 = 1e-12;

/// The softmax of each pixel of a tile with respect to its true class.
pub(super) struct Likelihoods {
    /// eˡ of the true class; all powers are taken after the largest logit has been subtracted.
    pub(super) truth: [f32; TILE],
    /// Σ eˡ over the other classes, summed separately so that 1 − p keeps its digits where p is near 1.
    pub(super) others: [f32; TILE],
    /// How far the true class's logit is below the largest.
    margin: [f32; TILE],
}

impl Likelihoods {
    /// For the `count` pixels from `first` with the padded `labels`. Leaves the powers of every class in `powers`.
    #[inline(always)]
    pub(super) fn new(
        part: &Part<'_>,
        first: usize,
        count: usize,
        labels: &[i32; TILE],
        powers: &mut [[f32; TILE]],
    ) -> Self {
        if count < TILE {
            // The padding is zeros, whose results are not used.
            for (class, values) in powers.iter_mut().enumerate() {
                let logits = &part.logits[class * part.stride + first..][..count];
                values[..count].copy_from_slice(logits);
                values[count..].fill(0.0);
            }
        }
        let mut largest = [f32::NEG_INFINITY; TILE];
        let mut of_truth = [0.0_f32; TILE];
        for (class, padded) in powers.iter().enumerate() {
            let logits = part.tile(class, first).unwrap_or(padded);
            for pixel in 0..TILE {
                let logit = logits[pixel];
                let larger = logit > largest[pixel];
                largest[pixel] = if larger { logit } else { largest[pixel] };
                let own = labels[pixel] == class as i32;
                of_truth[pixel] = if own { logit } else { of_truth[pixel] };
            }
        }
        let mut found = Self {
            truth: [0.0; TILE],
            others: [0.0; TILE],
            margin: [0.0; TILE],
        };
        for (class, values) in powers.iter_mut().enumerate() {
            let padded;
            let logits = if let Some(logits) = part.tile(class, first) {
                logits
            } else {
                padded = *values;
                &padded
            };
            for pixel in 0..TILE {
                let power = exp(logits[pixel] - largest[pixel]);
                values[pixel] = power;
                let own = labels[pixel] == class as i32;
                found.others[pixel] += if own { 0.0 } else { power };
                found.truth[pixel] += if own { power } else { 0.0 };
            }
        }
        for pixel in 0..TILE {
            found.margin[pixel] = largest[pixel] - of_truth[pixel];
        }
        found
    }

    /// −ln p: how far the true class is below the largest, and ln(1 + the other powers) of those that are not the largest.
    #[inline(always)]
    fn cross_entropy(&self, pixel: usize) -> f32 {
        let (truth, others) = (self.truth[pixel], self.others[pixel]);
        // Where the true class is not the largest, −ln p is at least ln 2, so the difference loses no visible digits.
        let rest = if self.margin[pixel] == 0.0 {
            others
        } else {
            (truth - 1.0) + others
        };
        self.margin[pixel] + ln_one_plus(rest)
    }

    /// ℓ of a pixel.
    #[inline(always)]
    pub(super) fn loss(&self, pixel: usize, term: PixelTerm) -> f32 {
        let (truth, others) = (self.truth[pixel], self.others[pixel]);
        let sum = truth + others;
        match term {
            PixelTerm::Envelope {
                lambda_ce,
                lambda_cdc,
            } => {
                // A term with factor 0 is omitted: 0 times infinity is NaN.
                let entropy = if lambda_ce == 0.0 {
                    0.0
                } else {
                    lambda_ce * self.cross_entropy(pixel)
                };
                entropy + lambda_cdc * others / (sum + truth)
            }
            PixelTerm::Focal { gamma } => {
                let miss = others / sum;
                let loss = power(miss, gamma) * self.cross_entropy(pixel);
                if miss < SMALLEST_MISS { 0.0 } else { loss }
            }
        }
    }

    /// The factor s in ∂ℓ/∂logit = s·(softmax − one-hot).
    #[inline(always)]
    pub(super) fn slope(&self, pixel: usize, term: PixelTerm) -> f32 {
        let (truth, others) = (self.truth[pixel], self.others[pixel]);
        let sum = truth + others;
        match term {
            PixelTerm::Envelope {
                lambda_ce,
                lambda_cdc,
            } => {
                let inverse = 1.0 / (sum + truth);
                lambda_ce + lambda_cdc * (2.0 * truth * inverse) * (sum * inverse)
            }
            PixelTerm::Focal { gamma } => {
                let miss = others / sum;
                let ratio = self.cross_entropy(pixel) / miss;
                let slope = power(miss, gamma) * (1.0 + gamma * (truth / sum) * ratio);
                if miss < SMALLEST_MISS { 0.0 } else { slope }
            }
        }
    }
}
