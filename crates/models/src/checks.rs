//! Settings and sizes that a network cannot take, each with those that it can.

use crate::config::{AUXILIARY_WEIGHT, ModelConfig, NetworkName};
use crate::decoders::gcascade::Aggregation;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::encoders::pvt::PvtSize;
use crate::encoders::resnet::{Backbone, OutputStride};
use crate::error::ModelError;
use crate::networks::merit_gcascade::SIDE;

/// Pixels of an image's side for each of the coarsest maps of UNet and UNet3+.
const UNET_STRIDE: usize = 16;

/// Whether a batch of one image comes up where images, as many as are known, are cut into batches.
fn leaves_one(batch: usize, images: Option<usize>) -> bool {
    batch == 1 || images.is_some_and(|images| images.checked_rem(batch) == Some(1))
}

impl ModelConfig {
    /// Checks every setting.
    ///
    /// # Errors
    ///
    /// The first setting out of range, with what is allowed.
    pub fn validate(&self, classes: usize) -> Result<(), ModelError> {
        let wrong = |key, expected, found: String| {
            Err(ModelError::Setting {
                key,
                expected,
                found,
            })
        };
        if !(1..=512).contains(&self.width) {
            return wrong("width", "1 to 512 channels", self.width.to_string());
        }
        if classes < 2 {
            return wrong(
                "classes",
                "at least 2, background included",
                classes.to_string(),
            );
        }
        let three_plus = self.name == NetworkName::UNet3Plus;
        if self.deep_supervision && !three_plus {
            return wrong(
                "deep_supervision",
                "false for any network but unet3plus",
                "true".into(),
            );
        }
        if self.classification_guided && !(three_plus && self.deep_supervision) {
            return wrong(
                "classification_guided",
                "false unless name = \"unet3plus\" and deep_supervision = true",
                "true".into(),
            );
        }
        self.validate_deeplab()?;
        self.validate_gcascade()
    }

    /// What only networks with G-CASCADE's decoder understand.
    fn validate_gcascade(&self) -> Result<(), ModelError> {
        let wrong = |key, expected, found: &str| {
            Err(ModelError::Setting {
                key,
                expected,
                found: found.into(),
            })
        };
        if self.name == NetworkName::PvtGcascade {
            let (share, expected) = if self.pvt == PvtSize::B0 {
                (8, "a multiple of 8 for pvtgcascade on b0")
            } else {
                (4, "a multiple of 4 for pvtgcascade")
            };
            if !self.width.is_multiple_of(share) {
                return wrong("width", expected, &self.width.to_string());
            }
        } else if self.pvt != PvtSize::default() {
            return wrong(
                "pvt",
                "b2 (unused) for any network but pvtgcascade",
                self.pvt.as_str(),
            );
        }
        if self.name == NetworkName::MeritGcascade && !self.width.is_multiple_of(8) {
            return wrong(
                "width",
                "a multiple of 8 for meritgcascade",
                &self.width.to_string(),
            );
        }
        if self.name.decodes_by_graphs() {
            return Ok(());
        }
        if self.aggregation != Aggregation::default() {
            return wrong(
                "aggregation",
                "additive (unused) for any network but pvtgcascade and meritgcascade",
                self.aggregation.as_str(),
            );
        }
        if self.grey_input {
            return wrong(
                "grey_input",
                "false for any network but pvtgcascade and meritgcascade",
                "true",
            );
        }
        if self.head_losses != HeadLosses::default() {
            return wrong(
                "head_losses",
                "mutation (unused) for any network but pvtgcascade and meritgcascade",
                self.head_losses.as_str(),
            );
        }
        Ok(())
    }

    /// What only DeepLabV3 understands.
    fn validate_deeplab(&self) -> Result<(), ModelError> {
        let wrong = |key, expected, found: String| {
            Err(ModelError::Setting {
                key,
                expected,
                found,
            })
        };
        let weight = self.auxiliary_weight;
        if !(weight > 0.0 && weight <= 100.0) {
            return wrong(
                "auxiliary_weight",
                "more than 0, at most 100",
                weight.to_string(),
            );
        }
        let usual_weight = weight.total_cmp(&AUXILIARY_WEIGHT).is_eq();
        if !(self.auxiliary_head || usual_weight) {
            return wrong(
                "auxiliary_weight",
                "0.5 unless auxiliary_head = true",
                weight.to_string(),
            );
        }
        if self.name == NetworkName::DeepLabV3 {
            return Ok(());
        }
        if self.backbone != Backbone::default() {
            return wrong(
                "backbone",
                "resnet50 (unused) for any network but deeplabv3",
                self.backbone.as_str().into(),
            );
        }
        if self.output_stride != OutputStride::default() {
            return wrong(
                "output_stride",
                "8 (unused) for any network but deeplabv3",
                self.output_stride.pixels().to_string(),
            );
        }
        if self.auxiliary_head {
            return wrong(
                "auxiliary_head",
                "false for any network but deeplabv3",
                "true".into(),
            );
        }
        Ok(())
    }

    /// Whether it can train on one image at a time.
    #[must_use]
    pub fn trains_on_one_image(&self) -> bool {
        self.name != NetworkName::DeepLabV3
    }

    /// Checks that no batch holds fewer images than the network trains on: `images` of them, if that is known, are cut into
    /// batches of `batch`, and the last one takes what is left.
    ///
    /// # Errors
    ///
    /// [`ModelError::LoneImage`], with the nearest size of a batch that leaves none alone.
    pub fn check_batches(&self, batch: usize, images: Option<usize>) -> Result<(), ModelError> {
        if self.trains_on_one_image() || !leaves_one(batch, images) {
            return Ok(());
        }
        let advice = match (1..=batch)
            .flat_map(|step| [batch + step, batch.saturating_sub(step)])
            .find(|&size| size > 1 && !leaves_one(size, images))
        {
            Some(size) => format!("; {size} would do"),
            None => String::new(),
        };
        let found = match images {
            Some(images) => {
                format!("train.batch_size = {batch} for {images} training images{advice}")
            }
            None => format!("train.batch_size = {batch}{advice}"),
        };
        Err(ModelError::LoneImage {
            network: self.name.as_str(),
            found,
        })
    }

    /// What a training should know that cuts `images` of this size into batches of `batch`, where some batch leaves the
    /// normalisation of the coarsest maps one value for each channel, which it makes 0 whatever the value is.
    pub fn lone_values(
        &self,
        batch: usize,
        images: usize,
        [height, width]: [usize; 2],
    ) -> Option<String> {
        let halved = matches!(self.name, NetworkName::UNet | NetworkName::UNet3Plus);
        let one_pixel = halved && [height, width] == [UNET_STRIDE; 2];
        (one_pixel && leaves_one(batch, Some(images))).then(|| {
            format!(
                "train.batch_size = {batch} for {images} training images leaves one alone in its batch: at {height}×{width} the \
                 coarsest maps of {} are one pixel, of which normalisation then leaves nothing; a larger data.size or another \
                 train.batch_size avoids that",
                self.name.as_str()
            )
        })
    }

    /// Checks that the network can take images of this size; DeepLabV3 takes any.
    ///
    /// # Errors
    ///
    /// [`ModelError::Size`], [`ModelError::GraphSize`] or [`ModelError::WindowSize`], with the nearest size that fits.
    pub fn check_size(&self, height: usize, width: usize) -> Result<(), ModelError> {
        if self.name == NetworkName::PvtGcascade {
            let nearest = |side: usize| ((side + 16) / 32 * 32).max(128);
            let [nearest_height, nearest_width] = [height, width].map(nearest);
            if [nearest_height, nearest_width] == [height, width] {
                return Ok(());
            }
            return Err(ModelError::GraphSize {
                network: self.name.as_str(),
                height,
                width,
                nearest_height,
                nearest_width,
            });
        }
        if self.name == NetworkName::MeritGcascade {
            let nearest = |side: usize| ((side + SIDE / 2) / SIDE * SIDE).max(SIDE);
            let [nearest_height, nearest_width] = [height, width].map(nearest);
            if [nearest_height, nearest_width] == [height, width] {
                return Ok(());
            }
            return Err(ModelError::WindowSize {
                network: self.name.as_str(),
                side: SIDE,
                height,
                width,
                nearest_height,
                nearest_width,
            });
        }
        let fits = |side: usize| side >= 16 && side.is_multiple_of(16);
        if self.name == NetworkName::DeepLabV3 && height > 0 && width > 0 {
            return Ok(());
        }
        if fits(height) && fits(width) {
            return Ok(());
        }
        let nearest = |side: usize| ((side + 8) / 16 * 16).max(16);
        Err(ModelError::Size {
            network: self.name.as_str(),
            height,
            width,
            nearest_height: nearest(height),
            nearest_width: nearest(width),
        })
    }
}

#[cfg(test)]
mod tests;
