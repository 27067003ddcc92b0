//! The selection envelope: a segmentation loss that chooses what to learn from.
//!
//! It focuses on the hardest **images** and excludes the least trustworthy **pixels**, after Florea, Florea and Vertan,
//! *Top-k Bottom All but σ Loss Strategy for Medical Image Segmentation*, Diagnostics 2025, 15(17), 2189. From the
//! pixel up:
//!
//! 1. [`pixel_loss()`]: ℓ = λ₁·(−ln p) + λ₂·(1 − cDC), p the softmax probability of the true class.
//! 2. [`kept_pixels`]: which pixels of an image contribute ([`PixelRule`]).
//! 3. [`Loss::image_losses`]: L = Σ w·ℓ / Σ w over the kept pixels, w the class weights.
//! 4. [`LossStore`]: the last known L of every training image, and its rank.
//! 5. [`image_weights`]: B of each image from its rank ([`ImageRule`], [`Smoothing`], [`Schedule`]).
//! 6. [`batch_loss`]: (1/|batch|) Σ B·L / B̄.
//!
//! Each of these is a formula in Burn's tensor operations with automatic gradients, on any device; the envelope, cross-entropy
//! and the focal loss are computed in three fused passes instead, which are compared with it. No choice (pixels,
//! ranks, weights) has a gradient. Logits are `[batch, class, height, width]`, labels `[batch, height, width]` class
//! numbers with an ignore value.
//!
//! [`LossName`] lists the losses for comparison that share this interface.

mod baselines;
mod class_weights;
mod config;
mod error;
mod examination;
mod fused;
mod image_losses;
mod image_rule;
mod loss;
mod output_loss;
mod pixel_loss;
mod pixel_rule;
mod ranked_images;
mod schedule;
mod store;
#[cfg(test)]
mod tests;

pub use class_weights::{ClassWeights, inverse_sqrt};
pub use config::{ImageRule, LossConfig, LossName, PixelRule, SigmaScope, Smoothing};
pub use error::LossError;
pub use examination::Examination;
pub use fused::KERNELS;
pub use image_losses::ImageLosses;
pub use image_rule::{ImageWeights, batch_loss, image_weights, skipped_images, weighted_mean};
pub use loss::Loss;
pub use pixel_loss::{PixelLoss, pixel_loss};
pub use pixel_rule::kept_pixels;
pub use ranked_images::RankedImages;
pub use schedule::Schedule;
pub use store::LossStore;
