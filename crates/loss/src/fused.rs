//! The loss of every image in three passes over the pixels, instead of the formula's twenty or so operations.
//!
//! 1. Logits and labels are read once; the loss ℓ of every pixel is written, with the sums that μ and σ need.
//! 2. ℓ and labels are read; the kept pixels are added up to L of every image.
//! 3. Backward: logits are read again, the softmax is recomputed instead of stored, and the gradient is written.
//!
//! ℓ, four bytes a pixel, is all that is stored: whether a pixel is kept follows from its ℓ and a bound for its image (and
//! class). WGSL on GPUs (`shaders/envelope`), vectorised Rust on the CPU; tests compare both with the formula.
//!
//! Mean cross-entropy and the focal loss are also functions of each pixel's p, and use the same passes.

mod backend;
mod cpu;
mod flex;
mod graphics;
mod kernels;
mod node;
mod settings;

use burn::tensor::{DType, Int, Tensor};

use crate::config::LossConfig;
use crate::image_losses::ImageLosses;
pub(crate) use backend::weights_by_rank;
pub use kernels::ALL as KERNELS;
pub(crate) use settings::Choice;
use settings::EnvelopeSettings;

/// Maximum number of classes for which a workgroup has lanes.
const MOST_CLASSES: usize = 256;

/// Results of the first two passes.
pub(crate) struct Fused {
    /// L `[batch]`, differentiable.
    pub(crate) image: Tensor<1>,
    /// Pixels kept, by class: `[batch, class]`.
    pub(crate) kept: Tensor<2>,
    /// Valid pixels by class: `[batch, class]`.
    pub(crate) valid: Tensor<2>,
    /// ℓ `[batch, height, width]`, no gradient.
    pub(crate) pixel: Tensor<3>,
    /// The bounds of the kept pixels, in the form that [`Choice`] takes.
    pub(crate) bounds: Tensor<3, Int>,
    settings: EnvelopeSettings,
}

impl Fused {
    /// `None` where only the formula applies: for other losses, and for numbers other than 32-bit ones.
    ///
    /// `labels` without autodiff.
    pub(crate) fn new(
        logits: Tensor<4>,
        labels: Tensor<3, Int>,
        config: &LossConfig,
    ) -> Option<Self> {
        let [batch, classes, height, width] = logits.dims();
        let settings = EnvelopeSettings::new(config, classes)?;
        let empty = batch * height * width == 0;
        if logits.dtype() != DType::F32 || classes > MOST_CLASSES || empty {
            return None;
        }
        assert_eq!(
            labels.dims(),
            [batch, height, width],
            "labels must have the batch, height and width of the logits"
        );
        let labels = if labels.dtype() == DType::I32 {
            labels
        } else {
            labels.cast(DType::I32)
        };
        let (image, counts, pixel, bounds) = backend::envelope(logits, labels, settings.clone());
        let counts = counts.inner();
        Some(Self {
            image,
            kept: counts.clone().narrow(1, 0, classes),
            valid: counts.narrow(1, classes, classes),
            pixel: pixel.inner(),
            bounds: bounds.inner(),
            settings,
        })
    }

    /// Interprets the bounds.
    pub(crate) fn choice(&self, bounds: Vec<u32>) -> Choice {
        Choice::new(&self.settings, bounds)
    }
}

impl From<Fused> for ImageLosses {
    fn from(fused: Fused) -> Self {
        Self {
            loss: fused.image,
            kept: fused.kept,
            valid: fused.valid,
        }
    }
}
