//! Tensor operations that burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`batch_norm_relu`]: batch normalisation in training and the ReLU behind it, with a CPU path of its own.
//! * [`conv2d`]: convolution whose gradients are matrix products on every device, with a CPU path of
//!   its own for burn's flex backend.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (burn's own panics on wgpu).
//! * [`conv2d_upsampled`]: convolution of an upsampled map, without the upsampled map.
//! * [`upsample_nearest`]: every pixel repeated, which burn's own operations do well.
//! * [`adapters`]: the graphics adapters of this machine with their limits, and a device on one of them.
//! * [`peak`]: multiply-adds and copies as fast as a device can, to measure everything else by.
//! * [`kernel`]: launches a WGSL file on burn tensors.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod adapters;
mod batch_norm;
mod convolution;
pub mod kernel;
mod nearest;
pub mod peak;
#[cfg(test)]
mod pytorch;
mod resize;
mod upsampled;

pub use adapters::{Adapter, AdapterKind, Api, adapters};
pub use batch_norm::{Normalised, batch_norm_relu};
pub use convolution::{Geometry, conv2d};
pub use nearest::upsample_nearest;
pub use resize::{Corners, resize_bilinear};
pub use upsampled::conv2d_upsampled;

/// Every kernel of the operations, for those who check them without a device.
pub static KERNELS: [&kernel::Kernel; 6] = [
    &resize::kernels::AXIS,
    &resize::kernels::AXIS_GRADIENT,
    &upsampled::kernels::AXIS,
    &upsampled::kernels::AXIS_GRADIENT,
    &peak::FMA,
    &peak::COPY,
];
