//! The boundary of a region of pixels.

/// A box of pixels within a map: the inclusive first and the exclusive last index along `[z, y, x]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// First index along each axis.
    pub(crate) first: [usize; 3],
    /// One past the last index along each axis.
    pub(crate) end: [usize; 3],
}

impl Window {
    /// The smallest box around every pixel of a `[depth, height, width]` map for which `inside` is true; `None` if there is none.
    pub(crate) fn around(shape: [usize; 3], inside: impl Fn(usize) -> bool) -> Option<Self> {
        let [depth, height, width] = shape;
        let mut window: Option<Self> = None;
        for z in 0..depth {
            for y in 0..height {
                let row = (z * height + y) * width;
                let Some(left) = (0..width).find(|x| inside(row + x)) else {
                    continue;
                };
                let right = (left..width)
                    .rev()
                    .find(|x| inside(row + x))
                    .unwrap_or(left);
                let grown = window.get_or_insert(Self {
                    first: [z, y, left],
                    end: [z + 1, y + 1, right + 1],
                });
                grown.first = [
                    grown.first[0].min(z),
                    grown.first[1].min(y),
                    grown.first[2].min(left),
                ];
                grown.end = [z + 1, grown.end[1].max(y + 1), grown.end[2].max(right + 1)];
            }
        }
        window
    }

    /// Pixels along each axis.
    pub(crate) fn lengths(&self) -> [usize; 3] {
        [0, 1, 2].map(|axis| self.end[axis] - self.first[axis])
    }
}

/// Boundary pixels of the region where `inside` is true, as `[z, y, x]` counted from the window's first corner, in scan order.
///
/// A boundary pixel is inside the region and has a neighbour, across one of its sides, that is not; everything beyond the map
/// is outside. A map of depth 1 is an image and has no neighbours along z. The window must contain the whole region.
pub(crate) fn boundary(
    shape: [usize; 3],
    window: &Window,
    inside: impl Fn(usize) -> bool,
) -> Vec<[usize; 3]> {
    let [depth, height, width] = shape;
    let slice = height * width;
    let mut pixels = Vec::new();
    for z in window.first[0]..window.end[0] {
        for y in window.first[1]..window.end[1] {
            for x in window.first[2]..window.end[2] {
                let at = z * slice + y * width + x;
                if !inside(at) {
                    continue;
                }
                let interior = x > 0
                    && x + 1 < width
                    && y > 0
                    && y + 1 < height
                    && inside(at - 1)
                    && inside(at + 1)
                    && inside(at - width)
                    && inside(at + width)
                    && (depth == 1
                        || (z > 0 && z + 1 < depth && inside(at - slice) && inside(at + slice)));
                if !interior {
                    pixels.push([
                        z - window.first[0],
                        y - window.first[1],
                        x - window.first[2],
                    ]);
                }
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary_of(shape: [usize; 3], mask: &[u8]) -> Vec<[usize; 3]> {
        let window = Window {
            first: [0; 3],
            end: shape,
        };
        boundary(shape, &window, |at| mask[at] == 1)
    }

    #[test]
    fn a_filled_square_loses_only_its_middle() {
        let mut mask = [0; 25];
        for y in 1..4 {
            for x in 1..4 {
                mask[y * 5 + x] = 1;
            }
        }
        let pixels = boundary_of([1, 5, 5], &mask);
        assert_eq!(pixels.len(), 8);
        assert!(!pixels.contains(&[0, 2, 2]));
    }

    #[test]
    fn a_hole_at_a_corner_does_not_open_the_middle() {
        // Neighbours share a side: the missing corner pixel is not a neighbour of the middle.
        let mask = [0, 1, 1, 1, 1, 1, 1, 1, 1];
        assert!(!boundary_of([1, 3, 3], &mask).contains(&[0, 1, 1]));
    }

    #[test]
    fn the_border_of_the_image_is_boundary() {
        assert_eq!(boundary_of([1, 3, 3], &[1; 9]).len(), 8);
        assert_eq!(boundary_of([3, 3, 3], &[1; 27]).len(), 26);
    }

    #[test]
    fn an_image_has_no_neighbours_in_depth_and_a_volume_does() {
        assert_eq!(boundary_of([1, 3, 3], &[1; 9]).len(), 8);
        assert_eq!(boundary_of([2, 3, 3], &[1; 18]).len(), 18);
    }

    #[test]
    fn the_window_is_tight_and_boundaries_count_from_its_corner() {
        let mut mask = [0; 2 * 4 * 5];
        mask[2 * 5 + 3] = 1;
        mask[20 + 5 + 2] = 1;
        let window = Window::around([2, 4, 5], |at| mask[at] == 1).expect("two pixels");
        assert_eq!(
            window,
            Window {
                first: [0, 1, 2],
                end: [2, 3, 4]
            }
        );
        assert_eq!(window.lengths(), [2, 2, 2]);
        assert_eq!(
            boundary([2, 4, 5], &window, |at| mask[at] == 1),
            [[0, 1, 1], [1, 0, 0]]
        );
        assert_eq!(Window::around([2, 4, 5], |_| false), None);
    }
}
