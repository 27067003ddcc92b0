//! Stride, padding, dilation and groups of a convolution.

/// How a convolution's kernel is applied to its input. The gradients use the geometry of the convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels between neighbouring outputs, `[rows, columns]`.
    pub stride: [usize; 2],
    /// Zeros added on each side, `[rows, columns]`.
    pub padding: [usize; 2],
    /// Pixels between neighbouring taps of the kernel, `[rows, columns]`.
    pub dilation: [usize; 2],
    /// Number of groups that the channels are divided into.
    pub groups: usize,
}

impl Geometry {
    /// Stride 1, no dilation, one group, and the padding that keeps the size of an odd `kernel`.
    #[must_use]
    pub fn same(kernel: usize) -> Self {
        Self {
            stride: [1, 1],
            padding: [kernel / 2, kernel / 2],
            dilation: [1, 1],
            groups: 1,
        }
    }

    /// Size of the output along `axis` (0 rows, 1 columns) for an input and a kernel of these sizes.
    ///
    /// Zero when the dilated kernel is larger than the padded input.
    #[must_use]
    pub fn output_size(&self, axis: usize, input: usize, kernel: usize) -> usize {
        let reach = self.dilation[axis] * (kernel - 1) + 1;
        let padded = input + 2 * self.padding[axis];
        if padded < reach {
            0
        } else {
            (padded - reach) / self.stride[axis] + 1
        }
    }
}
