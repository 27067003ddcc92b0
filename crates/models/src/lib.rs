//! The networks that are trained: images `[batch, 3, height, width]` in, logits `[batch, class, height, width]` out.
//!
//! Built from the descriptions in the papers, layer by layer, at their published sizes; `width` scales every layer.

mod aspp;
mod attention;
mod blocks;
mod config;
mod conv_norm;
mod deeplab;
mod footprint;
mod gcascade;
mod graph;
mod grey_input;
mod head_losses;
mod initial;
mod layers;
mod maxvit;
mod merit;
mod network;
mod operations;
mod positions;
mod pvt;
mod pvt_gcascade;
#[cfg(test)]
mod pytorch;
#[cfg(test)]
mod recompute;
mod resnet;
mod stirred;
mod stochastic_depth;
mod summary;
mod unet;
mod unet3plus;
pub mod weights;

pub use config::{ModelConfig, ModelError, NetworkName};
pub use footprint::LargestTensor;
pub use gcascade::Aggregation;
pub use head_losses::HeadLosses;
pub use network::{Network, Outputs};
pub use operations::Operations;
pub use pvt::PvtSize;
pub use resnet::{Backbone, OutputStride};
pub use summary::Layer;
