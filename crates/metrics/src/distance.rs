//! The exact Euclidean distance transform of a set of pixels.
//!
//! Squared distance is a sum over axes, so one pass per axis, each a one-dimensional transform of the previous pass, is exact
//! (Felzenszwalb and Huttenlocher, *Distance Transforms of Sampled Functions*, Theory of Computing 8, 2012): the transform of a
//! line f is the lower envelope of the parabolas f(q) + s²(p − q)², built in one sweep and read in another.

use rayon::prelude::*;

/// Squared distance from every pixel of a box to the nearest pixel of a set.
pub(crate) struct DistanceMap {
    lengths: [usize; 3],
    /// In the order `[x, z, y]`: every pass writes its lines one after another, which rotates the axes by one.
    squared: Vec<f64>,
}

impl DistanceMap {
    /// The map of a box of `lengths` pixels along `[z, y, x]`, `spacing` apart, for the set `pixels` (`[z, y, x]`), which must not be empty.
    pub(crate) fn new(lengths: [usize; 3], spacing: [f64; 3], pixels: &[[usize; 3]]) -> Self {
        debug_assert!(!pixels.is_empty(), "a distance needs a pixel");
        let [depth, height, width] = lengths;
        let mut squared = vec![f64::INFINITY; depth * height * width];
        for &[z, y, x] in pixels {
            squared[(z * height + y) * width + x] = 0.0;
        }
        squared
            .par_chunks_mut(width)
            .for_each(|line| nearest_in_line(line, spacing[2]));
        // With one slice, rotating [z, y, x] to [y, x, z] moves nothing.
        if depth > 1 {
            squared = envelope_pass(&squared, depth, spacing[0]);
        }
        let squared = envelope_pass(&squared, height, spacing[1]);
        Self { lengths, squared }
    }

    /// Squared distance at `[z, y, x]`.
    pub(crate) fn squared(&self, [z, y, x]: [usize; 3]) -> f64 {
        let [depth, height, _] = self.lengths;
        self.squared[(x * depth + z) * height + y]
    }
}

/// Converts a line of 0 (in the set) and ∞ (not) to squared distances to the nearest 0 of the line; a line without 0 stays ∞.
fn nearest_in_line(line: &mut [f64], spacing: f64) {
    let mut nearest: Option<usize> = None;
    for (at, value) in line.iter_mut().enumerate() {
        if *value == 0.0 {
            nearest = Some(at);
        } else if let Some(from) = nearest {
            *value = ((at - from) as f64 * spacing).powi(2);
        }
    }
    nearest = None;
    for (at, value) in line.iter_mut().enumerate().rev() {
        if *value == 0.0 {
            nearest = Some(at);
        } else if let Some(from) = nearest {
            *value = value.min(((from - at) as f64 * spacing).powi(2));
        }
    }
}

/// Transforms along the first of three axes, of `length`, and makes it the last: `[a, b, c]` to `[b, c, a]`.
fn envelope_pass(source: &[f64], length: usize, spacing: f64) -> Vec<f64> {
    let lines = source.len() / length;
    let mut out = vec![0.0; source.len()];
    out.par_chunks_mut(length).enumerate().for_each_init(
        || Envelope::with_capacity(length),
        |envelope, (line, out)| {
            envelope.build((0..length).map(|at| source[at * lines + line]), spacing);
            envelope.read(out, spacing);
        },
    );
    out
}

/// The lower envelope of the parabolas of one line; kept between lines to spare allocations.
struct Envelope {
    /// Apex and height of each parabola on the envelope, from left to right.
    parabolas: Vec<(usize, f64)>,
    /// Where each parabola takes over from the previous one, in pixels; the first is −∞.
    starts: Vec<f64>,
}

impl Envelope {
    fn with_capacity(length: usize) -> Self {
        Self {
            parabolas: Vec::with_capacity(length),
            starts: Vec::with_capacity(length),
        }
    }

    fn build(&mut self, heights: impl Iterator<Item = f64>, spacing: f64) {
        self.parabolas.clear();
        self.starts.clear();
        for (apex, height) in heights.enumerate().filter(|(_, height)| height.is_finite()) {
            let mut start = f64::NEG_INFINITY;
            while let (Some(&(last_apex, last_height)), Some(&last_start)) =
                (self.parabolas.last(), self.starts.last())
            {
                // Where the two parabolas cross; written about the midpoint so that nothing large cancels.
                start = (apex + last_apex) as f64 * 0.5
                    + (height - last_height)
                        / (2.0 * spacing * spacing * (apex - last_apex) as f64);
                if start > last_start {
                    break;
                }
                // The last parabola is above the envelope everywhere.
                self.parabolas.pop();
                self.starts.pop();
                start = f64::NEG_INFINITY;
            }
            self.parabolas.push((apex, height));
            self.starts.push(start);
        }
    }

    fn read(&self, out: &mut [f64], spacing: f64) {
        if self.parabolas.is_empty() {
            out.fill(f64::INFINITY);
            return;
        }
        let mut current = 0;
        for (at, value) in out.iter_mut().enumerate() {
            while self
                .starts
                .get(current + 1)
                .is_some_and(|&start| start < at as f64)
            {
                current += 1;
            }
            let (apex, height) = self.parabolas[current];
            *value = (at.abs_diff(apex) as f64 * spacing).powi(2) + height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator (`SplitMix64`), so that the test needs no other crate.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn brute_force(spacing: [f64; 3], pixels: &[[usize; 3]], at: [usize; 3]) -> f64 {
        let squared = |pixel: &[usize; 3]| -> f64 {
            (0..3)
                .map(|axis| (pixel[axis].abs_diff(at[axis]) as f64 * spacing[axis]).powi(2))
                .sum()
        };
        pixels.iter().map(squared).fold(f64::INFINITY, f64::min)
    }

    fn compare(lengths: [usize; 3], spacing: [f64; 3], pixels: &[[usize; 3]]) {
        let map = DistanceMap::new(lengths, spacing, pixels);
        for z in 0..lengths[0] {
            for y in 0..lengths[1] {
                for x in 0..lengths[2] {
                    let expected = brute_force(spacing, pixels, [z, y, x]);
                    let found = map.squared([z, y, x]);
                    assert!(
                        (found - expected).abs() <= 1e-12 * expected,
                        "{lengths:?} {spacing:?} at {:?}: expected {expected}, found {found}",
                        [z, y, x]
                    );
                }
            }
        }
    }

    #[test]
    fn the_transform_agrees_with_brute_force_on_images_and_volumes() {
        let mut state = 7;
        let lengths = [
            [1, 1, 1],
            [1, 1, 9],
            [1, 9, 1],
            [5, 1, 1],
            [1, 13, 17],
            [1, 20, 6],
            [4, 7, 9],
            [6, 1, 5],
            [3, 8, 1],
        ];
        let spacings = [
            [1.0, 1.0, 1.0],
            [5.0, 0.7, 1.3],
            [0.25, 3.0, 0.9],
            [1e-3, 1e-3, 1e3],
        ];
        for lengths in lengths {
            for spacing in spacings {
                for wanted in [1, 2, 5, 30] {
                    let pixels: Vec<[usize; 3]> = (0..wanted)
                        .map(|_| lengths.map(|length| random(&mut state) as usize % length))
                        .collect();
                    compare(lengths, spacing, &pixels);
                }
            }
        }
    }

    #[test]
    fn distances_between_whole_pixels_are_exact_integers() {
        let map = DistanceMap::new([1, 301, 402], [1.0; 3], &[[0, 0, 0]]);
        assert_eq!(map.squared([0, 300, 400]).to_bits(), 250_000_f64.to_bits());
    }
}
