//! Tensor operations that burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`batch_norm_relu`]: batch normalisation in training and the ReLU behind it, with a CPU path of its own.
//! * [`conv2d`] and [`conv_transpose2d`]: convolution and its transpose with their gradients, on the processor and in WGSL.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (burn's own panics on wgpu).
//! * [`adapters`]: the graphics adapters of this machine with their limits, and a device on one of them.
//! * [`kernel`]: launches a WGSL file on burn tensors.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod adapters;
mod batch_norm;
mod convolution;
#[cfg(test)]
mod devices;
pub mod kernel;
#[cfg(test)]
mod pytorch;
mod resize;

pub use adapters::{Adapter, AdapterKind, Api, adapters};
pub use batch_norm::{Normalised, batch_norm_relu};
pub use convolution::{Geometry, conv_transpose2d, conv2d};
pub use resize::{Corners, resize_bilinear};

/// Every kernel of the operations, for those who check them without a device.
pub static KERNELS: [&kernel::Kernel; 13] = all_kernels();

const fn all_kernels() -> [&'static kernel::Kernel; 13] {
    let mut all = [&resize::kernels::AXIS; 13];
    all[1] = &resize::kernels::AXIS_GRADIENT;
    let mut number = 0;
    while number < convolution::kernels::ALL.len() {
        all[2 + number] = convolution::kernels::ALL[number];
        number += 1;
    }
    all
}
