//! The pass along the columns of one line: three taps, each in a map of its own, upsampled, shifted and added.
//!
//! With half-pixel centres and an integer scale the weights repeat with every pixel of the smaller map, so that both directions
//! are vectorised. Other scales are computed pixel by pixel.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
)]

use std::ops::Range;

use super::sparse_rows::SparseRows;
use crate::resize::axis::{Axis, Corners};

/// Taps of a pattern.
const TAPS: usize = 3;

/// Weights of the previous pixel, the pixel itself and the next one, `[tap][pixel][phase]`, for the `S` phases of a pixel.
type Pattern<const S: usize> = [[[f32; S]; 3]; TAPS];

/// The pass along the columns of one line, and its transpose.
#[derive(Debug)]
pub(super) struct Columns {
    axis: Axis,
    /// Distance between the maps of consecutive taps.
    stride: usize,
    method: Method,
}

#[derive(Debug)]
enum Method {
    Twofold(Box<Pattern<2>>),
    Fourfold(Box<Pattern<4>>),
    Eightfold(Box<Pattern<8>>),
    Sixteenfold(Box<Pattern<16>>),
    PixelByPixel(SparseRows),
}

/// Lines with margins beyond their ends, reused for all lines.
#[derive(Debug, Default)]
pub(super) struct Margins {
    /// One line of each tap's map, with a margin of one pixel on both sides.
    maps: [Vec<f32>; TAPS],
    /// A line of the upsampled map, with a margin of two pixels of the smaller map on both sides.
    upsampled: Vec<f32>,
}

impl Columns {
    /// The pass for `taps` taps whose maps are `stride` apart.
    pub(super) fn new(axis: Axis, taps: usize, stride: usize) -> Self {
        let whole =
            axis.corners == Corners::HalfPixel && axis.to.is_multiple_of(axis.from) && taps == TAPS;
        let method = match axis.to / axis.from {
            2 if whole => Method::Twofold(Box::new(pattern())),
            4 if whole => Method::Fourfold(Box::new(pattern())),
            8 if whole => Method::Eightfold(Box::new(pattern())),
            16 if whole => Method::Sixteenfold(Box::new(pattern())),
            _ => Method::PixelByPixel(SparseRows::of_taps(axis, taps, stride)),
        };
        Self {
            axis,
            stride,
            method,
        }
    }

    /// Writes `line` of the upsampled map from the lines that begin at `maps[0]`, `maps[stride]`, …
    #[inline(always)]
    pub(super) fn forward(&self, maps: &[f32], line: &mut [f32], margins: &mut Margins) {
        match &self.method {
            Method::Twofold(pattern) => self.whole(pattern, maps, line, margins),
            Method::Fourfold(pattern) => self.whole(pattern, maps, line, margins),
            Method::Eightfold(pattern) => self.whole(pattern, maps, line, margins),
            Method::Sixteenfold(pattern) => self.whole(pattern, maps, line, margins),
            Method::PixelByPixel(weights) => {
                for (number, value) in line.iter_mut().enumerate() {
                    let seen = weights.row(number).iter();
                    *value = seen.map(|(pixel, weight)| weight * maps[*pixel]).sum();
                }
            }
        }
    }

    /// Writes the lines that begin at `maps[0]`, `maps[stride]`, … from `line`, the gradient with respect to the upsampled map.
    #[inline(always)]
    pub(super) fn gradient(&self, line: &[f32], maps: &mut [f32], margins: &mut Margins) {
        match &self.method {
            Method::Twofold(pattern) => self.whole_gradient(pattern, line, maps, margins),
            Method::Fourfold(pattern) => self.whole_gradient(pattern, line, maps, margins),
            Method::Eightfold(pattern) => self.whole_gradient(pattern, line, maps, margins),
            Method::Sixteenfold(pattern) => self.whole_gradient(pattern, line, maps, margins),
            Method::PixelByPixel(weights) => {
                for map in maps.chunks_mut(self.stride) {
                    map[..self.axis.from].fill(0.0);
                }
                for (number, value) in line.iter().enumerate() {
                    for (pixel, weight) in weights.row(number) {
                        maps[*pixel] += weight * value;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn whole<const S: usize>(
        &self,
        pattern: &Pattern<S>,
        maps: &[f32],
        line: &mut [f32],
        margins: &mut Margins,
    ) {
        let pixels = self.axis.from;
        for (margin, map) in margins.maps.iter_mut().zip(maps.chunks(self.stride)) {
            // The margins repeat the outer pixels, as upsampling does.
            margin.clear();
            margin.push(map[0]);
            margin.extend_from_slice(&map[..pixels]);
            margin.push(map[pixels - 1]);
        }
        let maps = margins.maps.each_ref().map(Vec::as_slice);
        spread(pattern, maps, line);
        // The first tap of the first pixel and the last tap of the last pixel are outside and contribute nothing.
        let end = |taps: Range<usize>, pixel: usize, phase: usize| -> f32 {
            let weight = |tap: usize, near: usize| pattern[tap][near][phase];
            taps.flat_map(|tap| (0..3).map(move |near| (tap, near)))
                .map(|(tap, near)| weight(tap, near) * maps[tap][pixel + near])
                .sum()
        };
        line[0] = end(1..TAPS, 0, 0);
        line[pixels * S - 1] = end(0..TAPS - 1, pixels - 1, S - 1);
    }

    #[inline(always)]
    fn whole_gradient<const S: usize>(
        &self,
        pattern: &Pattern<S>,
        line: &[f32],
        maps: &mut [f32],
        margins: &mut Margins,
    ) {
        let pixels = self.axis.from;
        let Margins {
            maps: sums,
            upsampled,
        } = margins;
        let (begin, end) = (2 * S, (pixels + 2) * S);
        upsampled.resize((pixels + 4) * S, 0.0);
        upsampled[begin..end].copy_from_slice(&line[..pixels * S]);
        for sums in sums.iter_mut() {
            sums.resize(pixels + 2, 0.0);
        }
        let places = sums.each_mut().map(|sums| &mut sums[..pixels + 2]);
        collect(pattern, upsampled.as_chunks().0, places);
        // The outer taps at both ends contributed nothing.
        upsampled[begin] = 0.0;
        for (place, sum) in sums[0].iter_mut().enumerate().take(3) {
            *sum = collected(&pattern[0], upsampled.as_chunks().0, place);
        }
        upsampled[begin] = line[0];
        upsampled[end - 1] = 0.0;
        for (place, sum) in sums[TAPS - 1].iter_mut().enumerate().skip(pixels - 1) {
            *sum = collected(&pattern[TAPS - 1], upsampled.as_chunks().0, place);
        }
        for (map, sums) in maps.chunks_mut(self.stride).zip(sums) {
            map[..pixels].copy_from_slice(&sums[1..=pixels]);
            map[0] += sums[0];
            map[pixels - 1] += sums[pixels + 1];
        }
    }
}

/// Computes the phases of every pixel from the pixel and its neighbours, in maps with a margin of one pixel.
///
/// A separate function, so that the compiler knows that `line` does not alias the maps, and can compare their lengths.
#[inline(always)]
fn spread<const S: usize>(pattern: &Pattern<S>, maps: [&[f32]; TAPS], line: &mut [f32]) {
    let reach = line.len() / S + 2;
    let maps = maps.map(|map| &map[..reach]);
    for (pixel, block) in line.as_chunks_mut::<S>().0.iter_mut().enumerate() {
        let mut sums = [0.0; S];
        for tap in 0..TAPS {
            for near in 0..3 {
                let seen = maps[tap][pixel + near];
                for phase in 0..S {
                    sums[phase] += pattern[tap][near][phase] * seen;
                }
            }
        }
        *block = sums;
    }
}

/// The transpose: every pixel of every map, including the margins, from a line with a margin of two pixels.
#[inline(always)]
fn collect<const S: usize>(pattern: &Pattern<S>, line: &[[f32; S]], maps: [&mut [f32]; TAPS]) {
    let [first, middle, last] = maps;
    let count = first.len();
    let (middle, last, line) = (&mut middle[..count], &mut last[..count], &line[..count + 2]);
    for place in 0..count {
        first[place] = collected(&pattern[0], line, place);
        middle[place] = collected(&pattern[1], line, place);
        last[place] = collected(&pattern[2], line, place);
    }
}

/// The part of a line with its margins that one tap's pixel contributed to; pixels are numbered from the margin.
#[inline(always)]
fn collected<const S: usize>(weights: &[[f32; S]; 3], blocks: &[[f32; S]], place: usize) -> f32 {
    let mut sums = [0.0; S];
    for near in 0..3 {
        let block = &blocks[place + 2 - near];
        for phase in 0..S {
            sums[phase] += weights[near][phase] * block[phase];
        }
    }
    // Halving the sums keeps them in vectors.
    let mut length = S;
    while length > 1 {
        length /= 2;
        for place in 0..length {
            sums[place] += sums[place + length];
        }
    }
    sums[0]
}

/// The position of tap t at phase p is (p + t − 1 + ½)/S − ½ relative to the pixel, at most one pixel before or after it.
fn pattern<const S: usize>() -> Pattern<S> {
    let mut pattern = [[[0.0; S]; 3]; TAPS];
    for phase in 0..S {
        for (tap, weights) in pattern.iter_mut().enumerate() {
            // In units of 1/2S, relative to the previous pixel.
            let position = 2 * (phase + tap) + S - 1;
            let (low, rest) = (position / (2 * S), position % (2 * S));
            let weight = rest as f32 / (2 * S) as f32;
            weights[low][phase] = 1.0 - weight;
            if rest > 0 {
                weights[low + 1][phase] = weight;
            }
        }
    }
    pattern
}
