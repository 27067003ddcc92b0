//! The loss of every image in three passes over the pixels, instead of the formula's some twenty operations.
//!
//! 1. Logits and labels are read once; the loss ℓ of every pixel is written, with the sums that μ and σ need.
//! 2. ℓ and labels are read; what the pixel rule keeps is added up to L of every image.
//! 3. Backward: logits are read once more, the softmax is computed again instead of kept, and the gradient is written.
//!
//! ℓ, four bytes a pixel, is all that is stored: whether a pixel is kept follows from its ℓ and a bound for its image (and
//! class). WGSL on graphics adapters (`shaders/envelope`), vectorised Rust on the processor; both are held to the formula.
//!
//! Mean cross-entropy and the focal loss have the same shape, a loss of each pixel from its p, and take the same passes.

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
use settings::Passes;

/// Most classes that a workgroup has lanes for.
const MOST_CLASSES: usize = 256;

/// What the first two passes find.
pub(crate) struct Fused {
    /// L `[batch]`, differentiable.
    pub(crate) image: Tensor<1>,
    /// Pixels kept, by class: `[batch, class]`.
    pub(crate) kept: Tensor<2>,
    /// Pixels that take part, by class: `[batch, class]`.
    pub(crate) valid: Tensor<2>,
    /// ℓ `[batch, height, width]`, no gradient.
    pub(crate) pixel: Tensor<3>,
    /// The bounds of what is kept, as [`Choice`] reads them.
    pub(crate) bounds: Tensor<3, Int>,
    passes: Passes,
}

impl Fused {
    /// None where these passes do not serve, and the formula does: another loss, other numbers than 32-bit ones.
    ///
    /// `labels` without autodiff.
    pub(crate) fn new(
        logits: Tensor<4>,
        labels: Tensor<3, Int>,
        config: &LossConfig,
    ) -> Option<Self> {
        let [batch, classes, height, width] = logits.dims();
        let passes = Passes::new(config, classes)?;
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
        let (image, counts, pixel, bounds) = backend::envelope(logits, labels, passes.clone());
        let counts = counts.inner();
        Some(Self {
            image,
            kept: counts.clone().narrow(1, 0, classes),
            valid: counts.narrow(1, classes, classes),
            pixel: pixel.inner(),
            bounds: bounds.inner(),
            passes,
        })
    }

    /// How the bounds are read.
    pub(crate) fn choice(&self, bounds: Vec<u32>) -> Choice {
        Choice::new(&self.passes, bounds)
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
