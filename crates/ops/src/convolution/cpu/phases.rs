//! Maps split into phases: smaller maps of the pixels that are whole steps apart.
//!
//! A dilated convolution with stride 1 combines only pixels that are a multiple of its dilation apart, so it is an undilated
//! convolution of each phase, for which there is a faster algorithm.

use rayon::prelude::*;

use super::winograd::{self, Sizes};
use crate::convolution::geometry::Geometry;

/// The offset of every phase, row by row.
pub(super) fn places([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| [row, column]))
}

/// Writes one phase, whose rows are `width` wide, into a map whose rows are `map_width` wide.
pub(super) fn put_back(
    map: &mut [f32],
    map_width: usize,
    found: &[f32],
    width: usize,
    [row, column]: [usize; 2],
    [down, right]: [usize; 2],
) {
    for (number, found) in found.chunks_exact(width.max(1)).enumerate() {
        let line = &mut map[(number * down + row) * map_width..][..map_width];
        for (value, found) in line[column..].iter_mut().step_by(right).zip(found) {
            *value = *found;
        }
    }
}

/// A dilated 3×3 convolution that keeps the size of its maps, as an undilated one.
pub(super) struct Phases {
    /// Sizes of the undilated convolution, in which every phase counts as an image.
    pub(super) sizes: Sizes,
    dilation: [usize; 2],
}

impl Phases {
    /// None if it is not such a convolution, or if this is slower.
    pub(super) fn new(sizes: Sizes, geometry: Geometry, kernel: [usize; 2]) -> Option<Self> {
        let dilation = geometry.dilation;
        let is_one = dilation != [1, 1]
            && geometry.stride == [1, 1]
            && geometry.padding == dilation
            && [0, 1].map(|axis| sizes.input[axis] % dilation[axis]) == [0, 0];
        if !is_one {
            return None;
        }
        let apart = Sizes {
            batch: sizes.batch * dilation[0] * dilation[1],
            input: [0, 1].map(|axis| sizes.input[axis] / dilation[axis]),
            padding: [1, 1],
            ..sizes
        };
        let undilated = Geometry {
            dilation: [1, 1],
            padding: [1, 1],
            ..geometry
        };
        winograd::pays(apart, undilated, kernel).then_some(Self {
            sizes: apart,
            dilation,
        })
    }

    fn places(&self) -> usize {
        self.dilation[0] * self.dilation[1]
    }

    /// Splits `[image, map, h, w]` into `[image and phase, map, h / dilation, w / dilation]`.
    pub(super) fn apart(&self, maps: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.sizes.input;
        let (small, places) = (rows * columns, self.places());
        let images = self.sizes.batch / places;
        let count = maps.len() / (images * places * small);
        let width = columns * self.dilation[1];
        let mut found = vec![0.0; maps.len()];
        found
            .par_chunks_exact_mut(small)
            .enumerate()
            .for_each(|(number, found)| {
                let (image, place, map) = (
                    number / (count * places),
                    number / count % places,
                    number % count,
                );
                let (row, column) = (place / self.dilation[1], place % self.dilation[1]);
                let map = &maps[(image * count + map) * places * small..][..places * small];
                for (line, found) in found.chunks_exact_mut(columns).enumerate() {
                    let seen = &map[(line * self.dilation[0] + row) * width..][..width];
                    let seen = seen[column..].iter().step_by(self.dilation[1]);
                    for (value, seen) in found.iter_mut().zip(seen) {
                        *value = *seen;
                    }
                }
            });
        found
    }

    /// Joins the phases again.
    pub(super) fn together(&self, found: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.sizes.input;
        let (small, places) = (rows * columns, self.places());
        let images = self.sizes.batch / places;
        let count = found.len() / (images * places * small);
        let width = columns * self.dilation[1];
        let mut maps = vec![0.0; found.len()];
        maps.par_chunks_exact_mut(places * small)
            .enumerate()
            .for_each(|(number, map)| {
                let (image, number) = (number / count, number % count);
                for (place, phase) in self::places(self.dilation).enumerate() {
                    let found = &found[((image * places + place) * count + number) * small..];
                    put_back(map, width, &found[..small], columns, phase, self.dilation);
                }
            });
        maps
    }
}
