//! One group of one image, whose taps are summed directly.

use super::lattice::{Lattice, Tap};
use super::sums::{BEYOND, LANES, product, rows_under_taps, under_taps};
use crate::convolution::geometry::Geometry;
use crate::cpu::scratch::with_scratch;

/// From this width on, rows are computed one by one; shorter rows would leave vectors half empty.
const WIDE: usize = 24;

/// Channels and outputs of one group, and its maps.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) channels: usize,
    pub(super) outputs: usize,
    lattice: Lattice,
    taps: Vec<Tap>,
    /// Rows and columns of the output.
    pub(super) output_size: [usize; 2],
}

impl Group {
    pub(super) fn new(
        geometry: Geometry,
        [channels, outputs]: [usize; 2],
        size: [usize; 2],
        kernel: [usize; 2],
    ) -> Self {
        let lattice = Lattice::new(geometry, size);
        Self {
            channels,
            outputs,
            taps: lattice.taps(kernel),
            lattice,
            output_size: [0, 1].map(|axis| geometry.output_size(axis, size[axis], kernel[axis])),
        }
    }

    pub(super) fn output_pixels(&self) -> usize {
        self.output_size[0] * self.output_size[1]
    }

    /// Numbers in an output whose rows are as far apart as the lattice's, rounded up to whole vectors.
    fn wide_output(&self) -> usize {
        (self.output_size[0] * self.lattice.pitch).next_multiple_of(LANES)
    }

    /// Numbers in the group's channels in the lattice, plus those that the last output may read beyond them.
    fn wide_input(&self) -> usize {
        self.channels * self.lattice.map() + self.lattice.pitch + LANES + BEYOND
    }

    /// Offset of a tap of a channel from the first number of the group.
    fn offset(&self, channel: usize, tap: Tap) -> usize {
        channel * self.lattice.map() + tap.phase * self.lattice.phase() + tap.shift
    }

    /// Lays out the group's `maps`, surrounded by zeros.
    fn lay_out(&self, maps: &[f32], lattice: &mut [f32]) {
        lattice.fill(0.0);
        let pixels = maps.len() / self.channels;
        for (number, map) in maps.chunks_exact(pixels).enumerate() {
            let first = number * self.lattice.map();
            self.lattice.lay_out(map, &mut lattice[first..]);
        }
    }

    /// Copies an output so that its rows are as far apart as the lattice's, with zeros between and after them.
    fn spread(&self, map: &[f32], wide: &mut [f32]) {
        wide.fill(0.0);
        let width = self.output_size[1];
        let rows = wide.chunks_mut(self.lattice.pitch);
        for (row, values) in rows.zip(map.chunks_exact(width)) {
            row[..width].copy_from_slice(values);
        }
    }

    /// One group of one image: `[o, h', w']`. `weight` `[o, c, tap]`.
    pub(super) fn forward(&self, maps: &[f32], weight: &[f32], bias: &[f32], output: &mut [f32]) {
        let (input, wide) = (self.wide_input(), self.wide_output());
        let width = self.output_size[1];
        let of_output = self.channels * self.taps.len();
        with_scratch(input + wide, |scratch| {
            let (lattice, wide) = scratch.split_at_mut(input);
            self.lay_out(maps, lattice);
            let outputs = output.chunks_exact_mut(self.output_pixels());
            for ((output, weight), bias) in outputs.zip(weight.chunks_exact(of_output)).zip(bias) {
                let taps: Vec<(usize, f32)> = weight
                    .iter()
                    .enumerate()
                    .map(|(number, weight)| {
                        let (channel, tap) = (number / self.taps.len(), number % self.taps.len());
                        (self.offset(channel, self.taps[tap]), *weight)
                    })
                    .collect();
                if width >= WIDE {
                    let pitch = self.lattice.pitch;
                    rows_under_taps(output, width, lattice, pitch, &taps, *bias);
                    continue;
                }
                under_taps(wide, lattice, &taps, *bias);
                let rows = wide.chunks(self.lattice.pitch);
                for (row, values) in output.chunks_exact_mut(width).zip(rows) {
                    row.copy_from_slice(&values[..width]);
                }
            }
        });
    }

    /// One group of one image: `[c, h, w]` from the gradients with respect to its outputs.
    pub(super) fn input_gradient(&self, gradients: &[f32], weight: &[f32], by_input: &mut [f32]) {
        let lattice = self.lattice;
        // A pixel of a phase reads the outputs before it; there are zeros before the first and after the last.
        let front = self.taps.iter().map(|tap| tap.shift).max().unwrap_or(0);
        let phase = lattice.phase().next_multiple_of(LANES);
        let map = front + phase.max(self.wide_output());
        let (pixels, taps) = (self.output_pixels(), self.taps.len());
        with_scratch(self.outputs * map + lattice.map() + LANES, |scratch| {
            let (maps, by_lattice) = scratch.split_at_mut(self.outputs * map);
            for (map, values) in maps
                .chunks_exact_mut(map)
                .zip(gradients.chunks_exact(pixels))
            {
                map[..front].fill(0.0);
                self.spread(values, &mut map[front..]);
            }
            let channel_pixels = by_input.len() / self.channels;
            for (channel, by_input) in by_input.chunks_exact_mut(channel_pixels).enumerate() {
                for number in 0..lattice.phases() {
                    let mut seen = Vec::new();
                    for output in 0..self.outputs {
                        let weight = &weight[(output * self.channels + channel) * taps..][..taps];
                        let of_phase = self.taps.iter().zip(weight);
                        let of_phase = of_phase.filter(|(tap, _)| tap.phase == number);
                        seen.extend(
                            of_phase
                                .map(|(tap, weight)| (output * map + front - tap.shift, *weight)),
                        );
                    }
                    // Numbers written beyond the phase are overwritten by the next one.
                    let target = &mut by_lattice[number * lattice.phase()..][..phase];
                    under_taps(target, maps, &seen, 0.0);
                }
                lattice.read_back(by_lattice, by_input);
            }
        });
    }

    /// One group of one image: `[o, c, tap]`.
    pub(super) fn weight_gradient(&self, maps: &[f32], gradients: &[f32], by_weight: &mut [f32]) {
        let (input, wide) = (self.wide_input(), self.wide_output());
        let of_output = self.channels * self.taps.len();
        with_scratch(input + wide, |scratch| {
            let (lattice, wide) = scratch.split_at_mut(input);
            self.lay_out(maps, lattice);
            let gradients = gradients.chunks_exact(self.output_pixels());
            for (gradient, by_weight) in gradients.zip(by_weight.chunks_exact_mut(of_output)) {
                self.spread(gradient, wide);
                for (number, value) in by_weight.iter_mut().enumerate() {
                    let (channel, tap) = (number / self.taps.len(), number % self.taps.len());
                    *value = product(wide, &lattice[self.offset(channel, self.taps[tap])..]);
                }
            }
        });
    }
}
