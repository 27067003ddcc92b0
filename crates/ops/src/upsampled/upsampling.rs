//! How maps are upsampled, and the kernel of the convolution.

use crate::resize::axis::{Axis, Corners};

/// How maps `[b, c, from[0], from[1]]` are upsampled, and the kernel of the convolution that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Upsampling {
    pub(super) from: [usize; 2],
    pub(super) to: [usize; 2],
    pub(super) corners: Corners,
    /// Rows and columns of the kernel, both odd.
    pub(super) kernel: [usize; 2],
}

impl Upsampling {
    /// 0: the rows, 1: the columns.
    pub(super) fn axis(self, number: usize) -> Axis {
        Axis {
            from: self.from[number],
            to: self.to[number],
            corners: self.corners,
        }
    }

    /// Taps of the kernel.
    pub(super) fn taps(self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}
