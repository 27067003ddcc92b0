//! Fills freed memory with junk.

use burn::tensor::{Device, Tensor};

/// Leaves memory of all sizes filled with a senseless number on a device, for the next tensors to be made in: an operation
/// that reads what it has not written then gives wrong results.
pub fn poison(device: &Device) {
    for count in [1, 64, 4096, 1 << 18, 1 << 20] {
        let junk: Vec<Tensor<1>> = (0..8)
            .map(|_| Tensor::full([count], -12345.0, device))
            .collect();
        for tensor in junk {
            tensor.into_data();
        }
    }
}
