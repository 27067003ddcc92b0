//! The networks: from images `[batch, 3, height, width]` to logits `[batch, class, height, width]`.
//!
//! They are built layer by layer from the papers' descriptions, at the published sizes; `width` scales every layer.

mod architecture;
mod checks;
mod config;
mod decoders;
mod encoders;
mod error;
mod footprint;
mod largest_tensor;
mod layer_table;
mod layers;
mod network;
mod networks;
mod outputs;
mod spread_weights;
#[cfg(test)]
mod tests;
pub mod weights;

pub use architecture::{Architecture, Sides};
pub use config::{ModelConfig, NetworkName};
pub use decoders::gcascade::Aggregation;
pub use decoders::gcascade::head_losses::HeadLosses;
pub use encoders::pvt::PvtSize;
pub use encoders::resnet::{Backbone, OutputStride};
pub use error::ModelError;
pub use largest_tensor::LargestTensor;
pub use layer_table::Layer;
pub use layers::operations::Operations;
pub use networks::Network;
pub use outputs::Outputs;
