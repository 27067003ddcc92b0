//! What the device has to say of a training step, in one piece and later.

use burn::tensor::Tensor;
use loss::ImageLosses;

use crate::device::readback::Readback;
use crate::error::RunnerError;

/// A step's answer, on its way.
pub(crate) struct Answer {
    images: Vec<usize>,
    classes: usize,
    values: Readback,
}

impl Answer {
    /// Asks for the `losses` and the weights of the step's `images` (indices of the training set), and for the length of its
    /// gradients where it was an update. Does not wait.
    ///
    /// # Errors
    ///
    /// The device has already refused one of the step's operations.
    pub(crate) fn ask(
        losses: ImageLosses,
        weights: Tensor<1>,
        norm: Option<Tensor<1>>,
        images: Vec<usize>,
    ) -> Result<Self, RunnerError> {
        let classes = losses.kept.dims()[1];
        let row = |pixels: Tensor<2>| pixels.flatten::<1>(0, 1);
        let mut parts = vec![
            losses.loss.inner(),
            weights,
            row(losses.kept),
            row(losses.valid),
        ];
        parts.extend(norm);
        Ok(Self {
            images,
            classes,
            values: Readback::request(Tensor::cat(parts, 0)).accepted()?,
        })
    }

    /// Waits for it.
    ///
    /// # Errors
    ///
    /// The device failed.
    pub(crate) fn wait(self) -> Result<Heard, RunnerError> {
        Ok(Heard {
            values: self.values.wait()?,
            images: self.images,
            classes: self.classes,
        })
    }
}

/// A step's answer on the host.
pub(crate) struct Heard {
    images: Vec<usize>,
    classes: usize,
    /// One after the other: losses, weights, kept pixels and valid pixels by image and class, and perhaps a norm.
    values: Vec<f32>,
}

/// What became of one image in a step.
pub(crate) struct HeardImage<'a> {
    /// Which training image.
    pub(crate) index: usize,
    pub(crate) loss: f32,
    /// B / B̄.
    pub(crate) weight: f32,
    /// Pixels that the rule keeps, by class.
    pub(crate) kept: &'a [f32],
    /// Pixels that are not ignored, by class.
    pub(crate) valid: &'a [f32],
}

impl Heard {
    /// The step's images, in the order of its batch.
    pub(crate) fn images(&self) -> impl Iterator<Item = HeardImage<'_>> {
        let count = self.images.len();
        let (losses, rest) = self.values.split_at(count);
        let (weights, rest) = rest.split_at(count);
        let (kept, valid) = rest.split_at(count * self.classes);
        self.images.iter().enumerate().map(move |(place, &index)| {
            let of_image = place * self.classes..(place + 1) * self.classes;
            HeardImage {
                index,
                loss: losses[place],
                weight: weights[place],
                kept: &kept[of_image.clone()],
                valid: &valid[of_image],
            }
        })
    }

    /// The length of the update's gradients; none for a step that was no update.
    pub(crate) fn norm(&self) -> Option<f32> {
        let before = 2 * self.images.len() * (1 + self.classes);
        self.values.get(before).copied()
    }
}
