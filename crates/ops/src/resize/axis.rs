//! How maps are resized, axis by axis: the two source pixels of each resized pixel.

/// Which points of the input and of the output coincide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Corners {
    /// The outer edges of the corner pixels (PyTorch's `align_corners=False`): half-pixel centres.
    #[default]
    HalfPixel,
    /// The centres of the corner pixels (PyTorch's `align_corners=True`).
    Aligned,
}

/// One axis of a resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Pixels before the resize.
    pub(crate) from: usize,
    /// Pixels after the resize.
    pub(crate) to: usize,
    pub(crate) corners: Corners,
}

/// A resize of maps `[b, c, from[0], from[1]]` to `[b, c, to[0], to[1]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(super) from: [usize; 2],
    pub(super) to: [usize; 2],
    pub(super) corners: Corners,
}

impl Scale {
    /// 0: the rows, 1: the columns.
    pub(super) fn axis(self, number: usize) -> Axis {
        Axis {
            from: self.from[number],
            to: self.to[number],
            corners: self.corners,
        }
    }
}

/// The source position of a resized pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) low: usize,
    pub(crate) high: usize,
    /// Weight of `high`; that of `low` is 1 minus it.
    pub(crate) weight: f32,
    /// The same in 64 bits.
    pub(super) exact_weight: f64,
}

impl Axis {
    /// The positions of all pixels of the resized axis, computed in integers until the last division.
    pub(crate) fn places(self) -> Vec<Place> {
        let last = self.from - 1;
        (0..self.to)
            .map(|pixel| {
                let (position, unit) = match self.corners {
                    // (pixel + ½)·from/to − ½, at least 0.
                    Corners::HalfPixel => {
                        let centre = (2 * pixel + 1) * self.from;
                        (centre.saturating_sub(self.to), 2 * self.to)
                    }
                    Corners::Aligned => (pixel * last, self.to.max(2) - 1),
                };
                let low = (position / unit).min(last);
                Place {
                    low,
                    high: (low + 1).min(last),
                    weight: (position % unit) as f32 / unit as f32,
                    exact_weight: (position % unit) as f64 / unit as f64,
                }
            })
            .collect()
    }
}
