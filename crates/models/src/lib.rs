//! The networks that are trained: images `[batch, 3, height, width]` in, logits `[batch, class, height, width]` out.
//!
//! Built from the descriptions in the papers, layer by layer, at their published sizes; `width` scales every layer.

mod checks;
mod config;
mod decoders;
mod encoders;
mod error;
mod footprint;
mod layer_table;
mod layers;
mod network;
mod networks;
mod spread_weights;
#[cfg(test)]
mod tests;
pub mod weights;

pub use config::{ModelConfig, NetworkName};
pub use decoders::gcascade::Aggregation;
pub use decoders::gcascade::head_losses::HeadLosses;
pub use encoders::pvt::PvtSize;
pub use encoders::resnet::{Backbone, OutputStride};
pub use error::ModelError;
pub use footprint::LargestTensor;
pub use layer_table::Layer;
pub use layers::operations::Operations;
pub use network::{Network, Outputs};
