//! Tensor operations that burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`AdamW`]: the optimizer, a parameter's step as one operation.
//! * [`batch_norm_relu`]: batch normalisation in training and the ReLU behind it, on the processor and in WGSL.
//! * [`conv2d`] and [`conv_transpose2d`]: convolution and its transpose with their gradients, on the processor and in WGSL.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (burn's own panics on wgpu).
//! * [`adapters`]: the graphics adapters of this machine with their limits, and a device on one of them.
//! * [`kernel`]: launches a WGSL file on burn tensors.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod adamw;
mod adapters;
mod batch_norm;
mod convolution;
#[cfg(test)]
mod devices;
pub mod kernel;
#[cfg(test)]
mod pytorch;
mod resize;
mod sums;

pub use adamw::AdamW;
pub use adapters::{Adapter, AdapterKind, Api, adapters};
pub use batch_norm::{Normalised, batch_norm_relu};
pub use convolution::{Geometry, conv_transpose2d, conv2d};
pub use resize::{Corners, resize_bilinear};

/// Every kernel of the operations, for those who check them without a device.
pub static KERNELS: [&kernel::Kernel; 19] = [
    &resize::kernels::AXIS,
    &resize::kernels::AXIS_GRADIENT,
    &convolution::kernels::PACK,
    &convolution::kernels::DIRECT,
    &convolution::kernels::REGISTERS,
    &convolution::kernels::REGISTERS_3X3,
    &convolution::kernels::TILES,
    &convolution::kernels::WEIGHT_DIRECT,
    &convolution::kernels::WEIGHT_REGISTERS,
    &convolution::kernels::WEIGHT_REGISTERS_3X3,
    &convolution::kernels::WEIGHT_TILES,
    &convolution::kernels::BIAS_GRADIENT,
    &batch_norm::kernels::MOMENTS,
    &batch_norm::kernels::STATISTICS,
    &batch_norm::kernels::NORMALISE,
    &batch_norm::kernels::PARAMETER_GRADIENTS,
    &batch_norm::kernels::INPUT_GRADIENT,
    &adamw::kernels::STEP,
    &sums::ROWS,
];
