//! Geometric changes of an image and its labels by one map.

#[cfg(test)]
mod tests;

use crate::augmentation::elastic::Displacement;
use crate::images::sample::Sample;

/// The inverse map: from a new pixel's distance to the centre to the old pixel's. One map covers all geometric changes, so
/// that an image is interpolated once, however many changes are applied.
#[derive(Clone, Debug)]
pub(super) struct Warp {
    /// Rows and columns of the result.
    pub(super) size: [usize; 2],
    /// Row and column of the old image where the result would start without other changes.
    pub(super) corner: [usize; 2],
    /// Moves new pixels before the rest of the map is applied.
    pub(super) displacement: Option<Displacement>,
    pub(super) row_by_row: f64,
    pub(super) row_by_column: f64,
    pub(super) column_by_row: f64,
    pub(super) column_by_column: f64,
}

impl Warp {
    /// Writes the moved image, with its bytes mapped by `tone`, and the moved labels. Images are interpolated bilinearly
    /// with their borders repeated; labels are taken from the nearest pixel, and are `ignore` outside.
    pub(super) fn apply(
        &self,
        sample: &Sample,
        tone: &[f32; 256],
        ignore: u8,
        values: &mut [f32],
        labels: &mut [i32],
    ) {
        if self.moves_whole_pixels() {
            self.rearrange(sample, tone, values, labels);
        } else {
            self.interpolate(sample, tone, ignore, values, labels);
        }
    }

    /// Whether this is one of the eight symmetries of the square, including the identity.
    fn moves_whole_pixels(&self) -> bool {
        [
            self.row_by_row,
            self.row_by_column,
            self.column_by_row,
            self.column_by_column,
        ]
        .iter()
        .all(|part| part.fract() == 0.0 && part.abs() <= 1.0)
            && self.displacement.is_none()
    }

    /// Where the pixel in the first row and column comes from, in pixels.
    fn origin(&self) -> [f64; 2] {
        let [middle_row, middle_column] = self.size.map(|side| (side - 1) as f64 / 2.0);
        let [row, column] = self.corner.map(|side| side as f64);
        [
            row + (middle_row - self.row_by_row * middle_row - self.row_by_column * middle_column),
            column
                + (middle_column
                    - self.column_by_row * middle_row
                    - self.column_by_column * middle_column),
        ]
    }

    /// For a symmetry: consecutive new pixels are old ones at a constant stride.
    fn rearrange(
        &self,
        sample: &Sample,
        tone: &[f32; 256],
        values: &mut [f32],
        labels: &mut [i32],
    ) {
        let width = sample.width as isize;
        let [row, column] = self.origin().map(|place| place as isize);
        let start = row * width + column;
        let by_row = self.row_by_row as isize * width + self.column_by_row as isize;
        let by_column = self.row_by_column as isize * width + self.column_by_column as isize;
        let new_width = self.size[1];
        let planes = sample
            .image
            .chunks_exact(sample.labels.len())
            .zip(values.chunks_exact_mut(self.size[0] * new_width));
        for (old, new) in planes {
            copy_strided(old, new, new_width, [start, by_row, by_column], |byte| {
                tone[usize::from(byte)]
            });
        }
        copy_strided(
            &sample.labels,
            labels,
            new_width,
            [start, by_row, by_column],
            i32::from,
        );
    }

    fn interpolate(
        &self,
        sample: &Sample,
        tone: &[f32; 256],
        ignore: u8,
        values: &mut [f32],
        labels: &mut [i32],
    ) {
        let (height, width) = (sample.height, sample.width);
        let [red, green, blue] = planes(&sample.image, height * width);
        let [new_height, new_width] = self.size;
        let (new_red, rest) = values.split_at_mut(new_height * new_width);
        let (new_green, new_blue) = rest.split_at_mut(new_height * new_width);
        let mut displaced = vec![[0.0; 2]; new_width];
        let [origin_row, origin_column] = self.origin();
        let (rows, columns) = (0.0..height as f64, 0.0..width as f64);
        let (last_row, last_column) = ((height - 1) as f64, (width - 1) as f64);
        for row in 0..new_height {
            if let Some(displacement) = &self.displacement {
                displacement.row(row, &mut displaced);
            }
            let first_row = origin_row + self.row_by_row * row as f64;
            let first_column = origin_column + self.column_by_row * row as f64;
            for (column, [down, across]) in displaced.iter().enumerate() {
                let target = row * new_width + column;
                let from_row = first_row
                    + self.row_by_column * column as f64
                    + (self.row_by_row * down + self.row_by_column * across);
                let from_column = first_column
                    + self.column_by_column * column as f64
                    + (self.column_by_row * down + self.column_by_column * across);

                // Adding a half and truncating rounds, since negative values are outside.
                let (near_row, near_column) = (from_row + 0.5, from_column + 0.5);
                labels[target] = if rows.contains(&near_row) && columns.contains(&near_column) {
                    sample.labels[near_row as usize * width + near_column as usize].into()
                } else {
                    ignore.into()
                };

                let from_row = from_row.clamp(0.0, last_row);
                let from_column = from_column.clamp(0.0, last_column);
                let (top, left) = (from_row as usize, from_column as usize);
                let (lower_part, right_part) = (
                    (from_row - top as f64) as f32,
                    (from_column - left as f64) as f32,
                );
                let first = top * width + left;
                let below = if top + 1 < height { width } else { 0 };
                let right = usize::from(left + 1 < width);
                let corners = [first, first + right, first + below, first + below + right];
                let blend = |plane: &[u8]| {
                    let [a, b, c, d] = corners.map(|corner| tone[usize::from(plane[corner])]);
                    let (upper, lower) = (a + (b - a) * right_part, c + (d - c) * right_part);
                    upper + (lower - upper) * lower_part
                };
                new_red[target] = blend(red);
                new_green[target] = blend(green);
                new_blue[target] = blend(blue);
            }
        }
    }
}

fn planes(image: &[u8], plane: usize) -> [&[u8]; 3] {
    [0, 1, 2].map(|channel| &image[channel * plane..][..plane])
}

/// Copies a plane row by row, reading at `start + row · by_row + column · by_column`.
fn copy_strided<T>(
    old: &[u8],
    new: &mut [T],
    width: usize,
    [start, by_row, by_column]: [isize; 3],
    convert: impl Fn(u8) -> T,
) {
    let mut first = start;
    for line in new.chunks_exact_mut(width) {
        let mut from = first;
        for value in line {
            *value = convert(old[from as usize]);
            from += by_column;
        }
        first += by_row;
    }
}
