//! The loss of a batch pixel by pixel, on the host: for inspection, not for training.

use burn::tensor::{Int, Tensor};

use crate::error::LossError;
use crate::fused::Fused;
use crate::image_losses::ImageLosses;
use crate::loss::Loss;

/// The loss of every pixel of a batch, and whether it is kept.
#[derive(Debug, Clone)]
pub struct Examination {
    /// L of every image, differentiable, and the pixels by class.
    pub losses: ImageLosses,
    /// ℓ of every pixel `[batch, height, width]`, row by row; 0 where ignored, NaN where the label is no class.
    pub pixel_losses: Vec<f32>,
    /// Whether the pixel rule keeps each pixel; false for ignored ones.
    pub kept: Vec<bool>,
}

impl Loss {
    /// Examines `logits` `[batch, class, height, width]` of 32 bits and `labels` `[batch, height, width]`.
    ///
    /// # Errors
    /// [`LossError::Setting`] for a loss that is not a function of single pixels' losses; [`LossError::Device`] if the device
    /// failed.
    pub fn examine(
        &self,
        logits: Tensor<4>,
        labels: Tensor<3, Int>,
    ) -> Result<Examination, LossError> {
        let labels = labels.inner();
        let [_, height, width] = labels.dims();
        let fused = Fused::new(logits, labels.clone(), self.config()).ok_or_else(|| {
            LossError::Setting {
                key: "name",
                expected:
                    "envelope, cross_entropy or focal, which are made of losses of single pixels"
                        .into(),
                found: format!("{:?}", self.config().name),
            }
        })?;
        let failed = |error: burn::tensor::ExecutionError| LossError::Device(error.to_string());
        let pixel_losses: Vec<f32> = fused
            .pixel
            .clone()
            .try_into_data()
            .map_err(failed)?
            .iter::<f32>()
            .collect();
        let bounds = fused.bounds.clone().try_into_data().map_err(failed)?;
        let choice = fused.choice(bounds.iter::<i32>().map(|bits| bits as u32).collect());
        let labels = labels.try_into_data().map_err(failed)?;
        let (pixels, classes, ignore) = (height * width, self.classes(), self.config().ignore);
        let kept = labels.iter::<i32>().zip(&pixel_losses).enumerate();
        let kept = kept.map(|(place, (label, &loss))| {
            let class = usize::try_from(label).unwrap_or(0).min(classes - 1);
            label != ignore && choice.keeps(place / pixels, class, place % pixels, loss)
        });
        Ok(Examination {
            kept: kept.collect(),
            losses: fused.into(),
            pixel_losses,
        })
    }
}
