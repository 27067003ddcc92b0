//! Weights in and out: files of PyTorch and of safetensors, by the names that the networks' authors gave their tensors.
//!
//! Every network has one set of names, its *canonical* ones: those of the state dict of UNet and UNet 3+ as the authors of
//! UNet 3+ published them, and of torchvision's DeepLabV3. All tensors have the very shapes that they have there, so nothing
//! is transposed. [`load`] also takes a file of an encoder alone, and says what it left as it was.

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
pub use stored::MAX_TENSORS;
