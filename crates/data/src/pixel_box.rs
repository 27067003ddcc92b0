//! Boxes around places in an image.

use serde::{Deserialize, Serialize};

/// A box of pixels; `x1` and `y1` are exclusive.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct PixelBox {
    /// The first column.
    pub x0: usize,
    /// The first row.
    pub y0: usize,
    /// The column after the last.
    pub x1: usize,
    /// The row after the last.
    pub y1: usize,
}

impl PixelBox {
    /// The smallest box around pixels `[column, row]`; none without pixels.
    pub fn around<'a>(pixels: impl IntoIterator<Item = &'a [usize; 2]>) -> Option<Self> {
        pixels
            .into_iter()
            .fold(None, |found: Option<Self>, &[x, y]| {
                let one = Self {
                    x0: x,
                    y0: y,
                    x1: x + 1,
                    y1: y + 1,
                };
                Some(found.map_or(one, |found| Self {
                    x0: found.x0.min(x),
                    y0: found.y0.min(y),
                    x1: found.x1.max(x + 1),
                    y1: found.y1.max(y + 1),
                }))
            })
    }

    /// `[x0, y0, x1, y1]`.
    pub fn corners(self) -> [usize; 4] {
        [self.x0, self.y0, self.x1, self.y1]
    }

    /// Pixels inside; 0 if it is turned inside out.
    pub fn area(&self) -> f64 {
        self.x1.saturating_sub(self.x0) as f64 * self.y1.saturating_sub(self.y0) as f64
    }

    /// Pixels in both, as a fraction of the pixels in either; 0 for empty boxes.
    pub fn overlap(&self, other: &Self) -> f64 {
        let both = Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        };
        let shared = both.area();
        let either = self.area() + other.area() - shared;
        if either > 0.0 { shared / either } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: usize, y: usize, side: usize) -> PixelBox {
        PixelBox {
            x0: x,
            y0: y,
            x1: x + side,
            y1: y + side,
        }
    }

    fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn the_overlap_of_two_boxes() {
        assert_close(square(0, 0, 4).overlap(&square(0, 0, 4)), 1.0);
        assert_close(square(0, 0, 4).overlap(&square(2, 2, 4)), 4.0 / 28.0);
        assert_close(square(0, 0, 4).overlap(&square(4, 0, 4)), 0.0);
        assert_close(square(0, 0, 0).overlap(&square(0, 0, 0)), 0.0);
        let turned = PixelBox {
            x0: 9,
            y0: 9,
            x1: 1,
            y1: 1,
        };
        assert_close(turned.overlap(&square(0, 0, 20)), 0.0);
    }

    #[test]
    fn the_box_around_pixels() {
        let around = PixelBox::around(&[[3, 5], [1, 7], [2, 6]]);
        let expected = PixelBox {
            x0: 1,
            y0: 5,
            x1: 4,
            y1: 8,
        };
        assert_eq!(around, Some(expected));
        assert_eq!(PixelBox::around(&[]), None);
    }
}
