//! Sums over a chunk's pixels, group by group and class by class.

use ops::arch;
use pulp::NullaryFnOnce;

use super::super::settings::{Choice, EnvelopeSettings, Rule};
use super::part::class_of;
use crate::pixel_rule::ROUNDING;

/// Numbers that are added up in parallel.
const LANES: usize = 16;

/// Passes on one pixel per lane at a time; the last ones are padded with the label `padding`.
#[inline(always)]
fn by_lanes(
    losses: &[f32],
    labels: &[i32],
    padding: i32,
    add: &mut impl FnMut(&[f32; LANES], &[i32; LANES]),
) {
    let (losses, last_losses) = losses.as_chunks::<LANES>();
    let (labels, last_labels) = labels.as_chunks::<LANES>();
    for (losses, labels) in losses.iter().zip(labels) {
        add(losses, labels);
    }
    let (mut losses, mut labels) = ([0.0; LANES], [padding; LANES]);
    losses[..last_losses.len()].copy_from_slice(last_losses);
    labels[..last_labels.len()].copy_from_slice(last_labels);
    add(&losses, &labels);
}

/// Count, sum, sum of squares and smallest of a group's losses.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
    least: f32,
}

impl Moments {
    const NONE: Self = Self {
        count: 0.0,
        sum: 0.0,
        squares: 0.0,
        least: f32::INFINITY,
    };

    /// Moments of the pixels of class `group`, or of all valid pixels if the groups are the images.
    pub(super) fn compute(
        losses: &[f32],
        labels: &[i32],
        settings: &EnvelopeSettings,
        group: usize,
    ) -> Self {
        struct Work<'a> {
            losses: &'a [f32],
            labels: &'a [i32],
            ignore: i32,
            class: i32,
            all: bool,
        }
        impl NullaryFnOnce for Work<'_> {
            type Output = Moments;

            #[inline(always)]
            fn call(self) -> Moments {
                let mut count = [0_u32; LANES];
                let (mut sum, mut squares) = ([0.0_f64; LANES], [0.0_f64; LANES]);
                let mut least = [f32::INFINITY; LANES];
                let mut add = |losses: &[f32; LANES], labels: &[i32; LANES]| {
                    for lane in 0..LANES {
                        let (loss, label) = (losses[lane], labels[lane]);
                        let member = label != self.ignore && (self.all || label == self.class);
                        let wide = f64::from(if member { loss } else { 0.0 });
                        count[lane] += u32::from(member);
                        sum[lane] += wide;
                        squares[lane] += wide * wide;
                        let smaller = member && loss < least[lane];
                        least[lane] = if smaller { loss } else { least[lane] };
                    }
                };
                by_lanes(self.losses, self.labels, self.ignore, &mut add);
                Moments::sum((0..LANES).map(|lane| Moments {
                    count: f64::from(count[lane]),
                    sum: sum[lane],
                    squares: squares[lane],
                    least: least[lane],
                }))
            }
        }
        arch().dispatch(Work {
            losses,
            labels,
            ignore: settings.ignore,
            class: group as i32,
            all: settings.groups() == 1,
        })
    }

    pub(super) fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::NONE, |sum, part| Self {
            count: sum.count + part.count,
            sum: sum.sum + part.sum,
            squares: sum.squares + part.squares,
            least: if part.least < sum.least {
                part.least
            } else {
                sum.least
            },
        })
    }

    /// μ + `multiple`·σ, widened as in the formula.
    pub(super) fn threshold(&self, multiple: f64) -> f32 {
        if self.count == 0.0 {
            return f32::INFINITY;
        }
        let mean = self.sum / self.count;
        let least = f64::from(self.least);
        let variance = (self.squares / self.count - mean * mean).max(0.0);
        let above = (mean - least).max(0.0) + multiple * variance.sqrt();
        if mean.is_nan() {
            f32::NAN
        } else {
            (least + above * (1.0 + ROUNDING)) as f32
        }
    }
}

/// A class's pixels in one chunk.
#[derive(Clone, Copy)]
pub(super) struct ClassSums {
    pub(super) kept: f64,
    /// Sum of the kept pixels' losses.
    pub(super) loss: f64,
    /// Valid pixels.
    pub(super) valid: f64,
}

impl ClassSums {
    const NONE: Self = Self {
        kept: 0.0,
        loss: 0.0,
        valid: 0.0,
    };

    pub(super) fn compute(
        losses: &[f32],
        labels: &[i32],
        settings: &EnvelopeSettings,
        choice: &Choice,
        (image, class, first): (usize, usize, usize),
    ) -> Self {
        struct Work<'a> {
            losses: &'a [f32],
            labels: &'a [i32],
            class: i32,
            largest: f32,
        }
        impl NullaryFnOnce for Work<'_> {
            type Output = ClassSums;

            #[inline(always)]
            fn call(self) -> ClassSums {
                let (mut valid, mut count) = ([0_u32; LANES], [0_u32; LANES]);
                let mut sum = [0.0_f64; LANES];
                let mut add = |losses: &[f32; LANES], labels: &[i32; LANES]| {
                    for lane in 0..LANES {
                        let member = labels[lane] == self.class;
                        // NaN is kept, so that it reaches the result.
                        let beyond = losses[lane] > self.largest;
                        let kept = member && !beyond;
                        valid[lane] += u32::from(member);
                        count[lane] += u32::from(kept);
                        sum[lane] += f64::from(if kept { losses[lane] } else { 0.0 });
                    }
                };
                by_lanes(self.losses, self.labels, !self.class, &mut add);
                ClassSums::sum((0..LANES).map(|lane| ClassSums {
                    kept: f64::from(count[lane]),
                    loss: sum[lane],
                    valid: f64::from(valid[lane]),
                }))
            }
        }
        let broken = class == 0
            && labels.iter().any(|&label| {
                label != settings.ignore && (label < 0 || label as usize >= settings.classes())
            });
        if broken || matches!(settings.rule, Rule::Top { .. }) {
            return Self::one_by_one(losses, labels, settings, choice, (image, class, first));
        }
        arch().dispatch(Work {
            losses,
            labels,
            class: class as i32,
            largest: choice.largest(image, class),
        })
    }

    fn one_by_one(
        losses: &[f32],
        labels: &[i32],
        settings: &EnvelopeSettings,
        choice: &Choice,
        (image, class, first): (usize, usize, usize),
    ) -> Self {
        let pixels = losses.iter().zip(labels).enumerate();
        let own = pixels.filter(|(_, (_, label))| {
            **label != settings.ignore && class_of(**label, settings) == class
        });
        own.fold(Self::NONE, |mut sums, (pixel, (&loss, _))| {
            sums.valid += 1.0;
            if choice.keeps(image, class, first + pixel, loss) {
                sums.kept += 1.0;
                sums.loss += f64::from(loss);
            }
            sums
        })
    }

    pub(super) fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::NONE, |sum, part| Self {
            kept: sum.kept + part.kept,
            loss: sum.loss + part.loss,
            valid: sum.valid + part.valid,
        })
    }
}
