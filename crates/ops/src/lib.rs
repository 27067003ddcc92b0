//! Tensor operations that burn 0.22 lacks on some device or does slowly, each with one gradient.
//!
//! * [`AdamW`]: the optimizer, a parameter's step as one operation.
//! * [`attention()`]: what tokens take from each other, without a number for each pair of them.
//! * [`batch_norm()`]: batch normalisation in training, with or without a ReLU behind it, on the processor and in WGSL.
//! * [`concatenate`]: joins maps along their channels, and keeps nothing for its gradient.
//! * [`gelu`], [`silu`], [`sigmoid`]: functions of every number, whose gradients are their own on every device.
//! * [`vector`]: such functions and what they are made of, for loops that the compiler turns into vectors.
//! * [`layer_norm`]: normalisation of the channels of each pixel, which keeps its input and two numbers for each pixel.
//! * [`nearest`] and [`max_relative`]: a graph convolution's neighbours, found on the device, and how far they exceed a node,
//!   without a tensor of all neighbours.
//! * [`max_pool2d`]: maxima over squares, found anew where the device recomputes.
//! * [`conv2d`] and [`conv_transpose2d`]: convolution and its transpose with their gradients, depthwise and in groups too, on
//!   the processor and in WGSL.
//! * [`resize_bilinear`]: bilinear resize whose gradient exists on every device (burn's own panics on wgpu).
//! * [`conv2d_upsampled`]: convolution of an upsampled map, without the upsampled map.
//! * [`scale()`]: maps times a factor for each of their channels, images or pixels.
//! * [`upsample_nearest`]: every pixel repeated, which burn's own operations do well.
//! * [`adapters`]: the graphics adapters of this machine with their limits, and a device on one of them.
//! * [`peak`]: multiply-adds and copies as fast as a device can, to measure everything else by.
//! * [`Level`]: the instruction set that the loops on the processor are compiled for, and [`arch`], which dispatches them.
//! * [`kernel`]: launches a WGSL file on burn tensors.
//!
//! On a device that recomputes (burn's `Device::gradient_checkpointing`), resize, normalisation, pooling, concatenation and the
//! excess of neighbours do not keep their outputs for the gradients.
//!
//! Maps are `[batch, channel, height, width]`, f32.

mod activation;
mod adamw;
mod adapters;
mod api;
mod attention;
pub mod autodiff;
mod batch_norm;
mod concatenate;
mod convolution;
mod graph;
mod instruction_set;
pub mod kernel;
mod kernels;
mod layer_norm;
mod left_out;
mod matrix;
mod max_pool;
mod norm_layer;
mod output;
mod partial_sums;
pub mod peak;
mod resize;
mod scale;
mod scratch;
mod sums;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod upsample_nearest;
mod upsampled;
pub mod vector;
mod vectorised;

pub use activation::{gelu, sigmoid, silu};
pub use adamw::AdamW;
pub use adapters::{Adapter, AdapterKind, OpenError, adapters};
pub use api::Api;
pub use attention::attention;
pub use batch_norm::{Activation, Normalised, batch_norm, batch_norm_by};
pub use concatenate::concatenate;
pub use convolution::{Geometry, conv_transpose2d, conv2d};
pub use graph::{max_relative, nearest};
pub use instruction_set::{INSTRUCTIONS, Level, LevelError, arch};
pub use kernels::KERNELS;
pub use layer_norm::layer_norm;
pub use left_out::{UnknownApi, WITHOUT, left_out};
pub use max_pool::max_pool2d;
pub use resize::{Corners, resize_bilinear};
pub use scale::scale;
pub use upsample_nearest::upsample_nearest;
pub use upsampled::conv2d_upsampled;

#[doc(hidden)]
pub use testing::{devices, own_process};

/// Where [`testing::every_level`] was.
#[doc(hidden)]
pub mod level {
    pub use crate::testing::every_level;
}
