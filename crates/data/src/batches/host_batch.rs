//! A batch in the memory of the host.

/// A batch that is ready to be copied to a device.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    /// Indices of the images within the split's images, which are its cases or the slices of its volumes.
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
    /// The batch without the images for which `excluded`, one flag per image, is true.
    #[must_use]
    pub fn without(mut self, excluded: &[bool]) -> Self {
        if !excluded.contains(&true) {
            return self;
        }
        self.images = kept(&self.images, excluded);
        self.labels = kept(&self.labels, excluded);
        self.indices = kept(&self.indices, excluded);
        self
    }
}

/// The parts of `values`, one of equal size per image, that are not excluded.
pub(crate) fn kept<T: Copy>(values: &[T], excluded: &[bool]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for (part, excluded) in values
        .chunks_exact(values.len() / excluded.len())
        .zip(excluded)
    {
        if !excluded {
            kept.extend_from_slice(part);
        }
    }
    kept
}
