//! The pages of a device's memory pool.

use burn::tensor::{Device, Tensor};

/// Lets the pool of `device` begin with pages for a tensor of this many bytes, the largest that will be needed. Otherwise its
/// pages grow with the tensors of the first step, and those of each size stay until nothing is left in them.
pub(crate) fn begin_with(device: &Device, bytes: u64) {
    if device.memory_pool_usage().is_some() {
        let numbers = bytes as usize / size_of::<f32>();
        drop(Tensor::<1>::empty([numbers], device));
    }
}
