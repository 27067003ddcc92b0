//! The networks that are trained: images `[batch, 3, height, width]` in, logits `[batch, class, height, width]` out.
//!
//! Built from the descriptions in the papers, layer by layer, at their published sizes; `width` scales every layer.

mod aspp;
mod blocks;
mod config;
mod conv_norm;
mod deeplab;
mod footprint;
mod layers;
mod multiply_adds;
mod network;
mod operations;
#[cfg(test)]
mod pytorch;
#[cfg(test)]
mod recompute;
mod resnet;
mod unet;
mod unet3plus;
pub mod weights;

pub use config::{ModelConfig, ModelError, NetworkName};
pub use footprint::LargestTensor;
pub use network::{Network, Outputs};
pub use operations::Operations;
pub use resnet::{Backbone, OutputStride};
