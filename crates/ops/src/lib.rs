//! Tensor operations that Burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`AdamW`]: the optimizer, with the step of a parameter as one operation.
//! * [`attention()`]: scaled dot-product attention, without storing a number for every pair of tokens.
//! * [`autodiff`]: puts an operation into the graph of gradients.
//! * [`batch_norm()`]: batch normalisation in training, with or without a ReLU after it, on the CPU and in WGSL.
//! * [`with_cancelled_bias`]: the gradient of a bias before a normalisation, which is 0.
//! * [`concatenate`]: joins maps along their channels and keeps nothing for its gradient.
//! * [`gelu`], [`silu`], [`sigmoid`]: elementwise functions, with exact gradients on every device.
//! * [`vector`]: such functions of single numbers, for loops that the compiler vectorises.
//! * [`layer_norm`]: normalisation of the channels of each pixel; keeps its input and two numbers per pixel.
//! * [`nearest`] and [`max_relative`]: a graph convolution's neighbours, found on the device, and the largest difference to a node,
//!   without a tensor of all neighbours.
//! * [`max_pool2d`]: maxima over squares, recomputed on devices that recompute.
//! * [`conv2d`] and [`conv_transpose2d`]: convolution and its transpose with their gradients, also grouped and depthwise, on the
//!   CPU and in WGSL.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (Burn's own panics on wgpu).
//! * [`conv2d_upsampled`]: convolution of an upsampled map, without the upsampled map.
//! * [`scale()`]: maps times a factor per channel, image or pixel.
//! * [`sum_of_squares()`]: the squared norm of many tensors, in few launches.
//! * [`upsample_nearest`]: every pixel repeated, composed of Burn's built-in operations.
//! * [`adapters`]: the graphics adapters of this machine with their limits, and opening a device on one of them.
//! * [`peak`]: multiply-adds and copies at a device's peak rate, as a reference for measurements.
//! * [`with_precision`]: mixed precision, in which convolutions on GPUs multiply 16-bit floats.
//! * [`count_launches`]: the kernels that some work launches on an adapter.
//! * [`InstructionSet`]: the instruction set that CPU loops run with, and [`arch`], which dispatches them.
//! * [`mod@kernel`]: launches a WGSL file on Burn tensors; [`kernel!`] declares it.
//!
//! On a device that recomputes (Burn's `Device::gradient_checkpointing`), resize, normalisation, pooling, concatenation and the
//! excess of neighbours do not keep their outputs for the gradients.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod activation;
mod adamw;
mod adapters;
mod attention;
pub mod autodiff;
mod batch_norm;
mod cancelled_bias;
mod concatenate;
mod convolution;
mod cpu;
mod graph;
pub mod kernel;
mod kernels;
mod launches;
mod layer_norm;
mod max_pool;
mod norm_layer;
pub mod peak;
mod precision;
mod resize;
mod scale;
mod sum_of_squares;
mod sums;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod upsample_nearest;
mod upsampled;

pub use activation::{gelu, sigmoid, silu};
pub use adamw::AdamW;
pub use adapters::api::Api;
pub use adapters::excluded_apis::{UnknownApi, WITHOUT, excluded_apis};
pub use adapters::noop::open_noop;
pub use adapters::{Adapter, AdapterKind, OpenError, adapters};
pub use attention::attention;
pub use batch_norm::{Activation, Normalised, batch_norm, batch_norm_moving, batch_norm_with};
pub use cancelled_bias::with_cancelled_bias;
pub use concatenate::concatenate;
pub use convolution::{Geometry, conv_transpose2d, conv2d};
pub use cpu::instruction_set::{INSTRUCTIONS, InstructionSet, InstructionSetError, arch};
pub use cpu::vector;
pub use graph::{max_relative, nearest};
pub use kernels::KERNELS;
pub use launches::{Launches, count_launches};
pub use layer_norm::layer_norm;
pub use max_pool::max_pool2d;
pub use precision::{Precision, with_precision};
pub use resize::{Corners, resize_bilinear};
pub use scale::scale;
pub use sum_of_squares::sum_of_squares;
pub use upsample_nearest::upsample_nearest;
pub use upsampled::conv2d_upsampled;
