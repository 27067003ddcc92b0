//! Tensor operations that burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`batch_norm_relu`]: batch normalisation in training and the ReLU behind it, with a CPU path of its own.
//! * [`concatenate`]: joins maps along their channels, and keeps nothing for its gradient.
//! * [`conv2d`]: convolution whose gradients are matrix products on every device, with a CPU path of
//!   its own for burn's flex backend.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (burn's own panics on wgpu).
//! * [`adapters`]: the graphics adapters of this machine with their limits, and a device on one of them.
//! * [`peak`]: multiply-adds and copies as fast as a device can, to measure everything else by.
//! * [`kernel`]: launches a WGSL file on burn tensors.
//!
//! On a device that recomputes (burn's `Device::gradient_checkpointing`), resize, normalisation and concatenation do not keep
//! their outputs for the gradients.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod adapters;
mod batch_norm;
mod concatenate;
mod convolution;
pub mod kernel;
pub mod peak;
#[cfg(test)]
mod pytorch;
mod recompute;
mod resize;

pub use adapters::{Adapter, AdapterKind, Api, adapters};
pub use batch_norm::{Normalised, batch_norm_relu};
pub use concatenate::concatenate;
pub use convolution::{Geometry, conv2d};
pub use resize::{Corners, resize_bilinear};

/// Every kernel of the operations, for those who check them without a device.
pub static KERNELS: [&kernel::Kernel; 4] = [
    &resize::kernels::AXIS,
    &resize::kernels::AXIS_GRADIENT,
    &peak::FMA,
    &peak::COPY,
];
