//! Reading and writing weights: PyTorch and safetensors files, with the tensor names of the networks' authors.
//!
//! Every network has one set of *canonical* names: for UNet and UNet 3+ those of the state dicts that the authors of UNet 3+
//! published, for DeepLabV3 those of torchvision. All tensors have the same shapes as there, so nothing is transposed.
//! [`load`] also accepts a file of only an encoder, and reports which tensors keep their initial weights.

mod bytes;
pub(crate) mod canonical;
pub(crate) mod convention;
mod error;
mod export;
mod file;
mod load;
mod prefixes;
mod pytorch;
mod safetensors;
mod stored;
mod strangers;
#[cfg(test)]
mod tests;

pub use error::WeightsError;
pub use export::to_safetensors;
pub use file::{Format, WeightsFile};
pub use load::{LoadReport, load};
