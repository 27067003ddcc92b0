//! A batch in the memory of the host.

/// A batch, ready to be copied to a device.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    /// Which images: positions among the split's images, which are its cases or the slices of its volumes.
    pub indices: Vec<usize>,
    /// `[batch, 3, height, width]`, normalised.
    pub images: Vec<f32>,
    /// `[batch, height, width]`, class numbers or the ignore value.
    pub labels: Vec<i32>,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl HostBatch {
    /// The batch without the images for which `left_out`, one flag for each image, is true.
    #[must_use]
    pub fn without(mut self, left_out: &[bool]) -> Self {
        if !left_out.contains(&true) {
            return self;
        }
        self.images = kept(&self.images, left_out);
        self.labels = kept(&self.labels, left_out);
        self.indices = kept(&self.indices, left_out);
        self
    }
}

/// The equal parts of `values`, one for each image, that are not left out.
pub(crate) fn kept<T: Copy>(values: &[T], left_out: &[bool]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for (part, left_out) in values
        .chunks_exact(values.len() / left_out.len())
        .zip(left_out)
    {
        if !left_out {
            kept.extend_from_slice(part);
        }
    }
    kept
}
