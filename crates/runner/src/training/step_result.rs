//! Results of a training step, copied from the device in one piece while the next step runs.

use burn::tensor::Tensor;
use loss::ImageLosses;

use crate::device::readback::Readback;
use crate::error::RunnerError;

/// A step whose results are still in flight.
pub(crate) struct PendingStep {
    images: Vec<usize>,
    classes: usize,
    values: Readback,
}

impl PendingStep {
    /// Requests the `losses`, the `margins` and the weights of the step's `images` (indices of the training set), and the norm of
    /// its gradients if it was an update. Does not wait.
    ///
    /// # Errors
    ///
    /// The device has already refused one of the step's operations.
    pub(crate) fn request(
        losses: ImageLosses,
        weights: Tensor<1>,
        margins: [Tensor<2>; 2],
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
        let dtype = parts[0].dtype();
        parts.extend(margins.map(|sums| row(sums).cast(dtype)));
        parts.extend(norm);
        Ok(Self {
            images,
            classes,
            values: Readback::request(Tensor::cat(parts, 0)).accepted()?,
        })
    }

    /// Waits for the results.
    ///
    /// # Errors
    ///
    /// The device failed.
    pub(crate) fn wait(self) -> Result<StepResult, RunnerError> {
        Ok(StepResult {
            values: self.values.wait()?,
            images: self.images,
            classes: self.classes,
        })
    }
}

/// A step's results on the host.
pub(crate) struct StepResult {
    images: Vec<usize>,
    classes: usize,
    /// In this order: losses, weights; kept pixels, valid pixels, sums of margins and their pixels by image and class; and a norm
    /// if the step was an update.
    values: Vec<f32>,
}

/// The results for one image of a step.
pub(crate) struct ImageResult<'a> {
    /// Its index in the training set.
    pub(crate) index: usize,
    pub(crate) loss: f32,
    /// B / B̄.
    pub(crate) weight: f32,
    /// Pixels that the rule keeps, by class.
    pub(crate) kept: &'a [f32],
    /// Pixels that are not ignored, by class.
    pub(crate) valid: &'a [f32],
    /// Sums of margins, by class.
    pub(crate) margins: &'a [f32],
    /// Pixels in these sums, by class.
    pub(crate) margin_pixels: &'a [f32],
}

impl StepResult {
    /// The step's images, in the order of its batch.
    pub(crate) fn images(&self) -> impl Iterator<Item = ImageResult<'_>> {
        let count = self.images.len();
        let (losses, rest) = self.values.split_at(count);
        let (weights, rest) = rest.split_at(count);
        let (kept, rest) = rest.split_at(count * self.classes);
        let (valid, rest) = rest.split_at(count * self.classes);
        let (margins, margin_pixels) = rest.split_at(count * self.classes);
        self.images
            .iter()
            .enumerate()
            .map(move |(position, &index)| {
                let of_image = position * self.classes..(position + 1) * self.classes;
                ImageResult {
                    index,
                    loss: losses[position],
                    weight: weights[position],
                    kept: &kept[of_image.clone()],
                    valid: &valid[of_image.clone()],
                    margins: &margins[of_image.clone()],
                    margin_pixels: &margin_pixels[of_image],
                }
            })
    }

    /// The norm of the update's gradients; none for a step without an update.
    pub(crate) fn norm(&self) -> Option<f32> {
        let before = self.images.len() * (2 + 4 * self.classes);
        self.values.get(before).copied()
    }
}
