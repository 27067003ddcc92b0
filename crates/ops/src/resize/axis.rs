//! Which two pixels of an axis a pixel of the resized axis lies between.

use super::Corners;

/// One axis of a resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Pixels before.
    pub(crate) from: usize,
    /// Pixels after.
    pub(crate) to: usize,
    pub(crate) corners: Corners,
}

/// Where a pixel of the resized axis lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) low: usize,
    pub(crate) high: usize,
    /// Of `high`; `low` has the rest.
    pub(crate) share: f32,
    /// The same in 64 bits, for those who count in them.
    pub(super) exact_share: f64,
}

impl Axis {
    /// The places of all pixels of the resized axis, in whole numbers as long as they last.
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
                    share: (position % unit) as f32 / unit as f32,
                    exact_share: (position % unit) as f64 / unit as f64,
                }
            })
            .collect()
    }
}
