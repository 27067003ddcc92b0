//! The `[model]` section of a recipe, and what can be said of a network before it is built.

use serde::{Deserialize, Serialize};

use crate::gcascade::Aggregation;
use crate::head_losses::HeadLosses;
use crate::merit::SIDE;
use crate::pvt::PvtSize;
use crate::resnet::{Backbone, OutputStride};

/// Names of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkName {
    /// U-Net with transposed convolutions (Ronneberger et al. 2015), as the authors of UNet 3+ built it.
    UNet,
    /// UNet 3+ with full-scale skip connections (Huang et al., ICASSP 2020).
    #[default]
    UNet3Plus,
    /// DeepLabV3 on a residual network (Chen et al., arXiv 1706.05587), as torchvision builds it.
    DeepLabV3,
    /// Graph convolutions that decode a Pyramid Vision Transformer (Rahman and Marculescu, WACV 2024).
    PvtGcascade,
    /// Graph convolutions that decode two MaxViT in cascade (Rahman and Marculescu, MIDL 2023 and WACV 2024).
    MeritGcascade,
}

impl NetworkName {
    /// Every network, in the order that lists show.
    pub const ALL: [Self; 5] = [
        Self::UNet,
        Self::UNet3Plus,
        Self::DeepLabV3,
        Self::PvtGcascade,
        Self::MeritGcascade,
    ];

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UNet => "unet",
            Self::UNet3Plus => "unet3plus",
            Self::DeepLabV3 => "deeplabv3",
            Self::PvtGcascade => "pvtgcascade",
            Self::MeritGcascade => "meritgcascade",
        }
    }

    /// Whether the decoder is that of G-CASCADE.
    fn decodes_by_graphs(self) -> bool {
        matches!(self, Self::PvtGcascade | Self::MeritGcascade)
    }
}

/// What a recipe says of its network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the keys of a recipe's section"
)]
pub struct ModelConfig {
    /// Which network.
    pub name: NetworkName,
    /// Channels of the first level, of DeepLabV3 those of the stem, of PVT-GCASCADE those of the encoder's first stage (half
    /// as many of the encoder B0), of MERIT-GCASCADE those of the second encoder's stem; the published networks have 64, and all others follow.
    pub width: usize,
    /// UNet 3+: a head on every level of the decoder, each of them trained.
    pub deep_supervision: bool,
    /// UNet 3+ with deep supervision: a classifier on the deepest map says whether the image holds any foreground, and
    /// silences the heads where it does not (at evaluation; in training it learns beside them).
    pub classification_guided: bool,
    /// DeepLabV3: the residual network below it.
    pub backbone: Backbone,
    /// DeepLabV3: pixels of the image between neighbours of the last map.
    pub output_stride: OutputStride,
    /// DeepLabV3: a second head, on the third stage, which helps in training and predicts nothing.
    pub auxiliary_head: bool,
    /// DeepLabV3 with an auxiliary head: what its loss counts beside the other's; torchvision trains with 0.5.
    pub auxiliary_weight: f64,
    /// PVT-GCASCADE: the size of its encoder.
    pub pvt: PvtSize,
    /// G-CASCADE: how the decoder's maps meet the encoder's.
    pub aggregation: Aggregation,
    /// G-CASCADE: which sums of the four maps of logits have a loss.
    pub head_losses: HeadLosses,
    /// G-CASCADE: images are grey, and a learned layer makes their three channels of the first one, as the published networks
    /// do with images of one channel; 12 parameters, which the published counts hold.
    pub grey_input: bool,
    /// A file whose weights the network begins with: safetensors or PyTorch's, of the network or of its encoder. Empty for
    /// weights drawn from the seed.
    pub pretrained: String,
    /// The SHA-256 that the file must have, in hexadecimal; empty for any. Runs note it.
    pub pretrained_sha256: String,
    /// Whether every tensor must fit; otherwise what does not keeps its initial weights, such as a head of other classes.
    pub pretrained_strict: bool,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            name: NetworkName::default(),
            width: 64,
            deep_supervision: false,
            classification_guided: false,
            backbone: Backbone::default(),
            output_stride: OutputStride::default(),
            auxiliary_head: false,
            auxiliary_weight: AUXILIARY_WEIGHT,
            pvt: PvtSize::default(),
            aggregation: Aggregation::default(),
            head_losses: HeadLosses::default(),
            grey_input: false,
            pretrained: String::new(),
            pretrained_sha256: String::new(),
            pretrained_strict: true,
        }
    }
}

/// What torchvision's reference training weighs the auxiliary head's loss with.
const AUXILIARY_WEIGHT: f64 = 0.5;

/// Why a network cannot be built, or cannot take an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A setting of the `[model]` section is out of range.
    #[error("model.{key}: expected {expected}, found {found}")]
    Setting {
        /// The key inside `[model]`.
        key: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What the recipe says.
        found: String,
    },
    /// The image's sides cannot be halved four times.
    #[error(
        "{network} takes images whose height and width are multiples of 16, found {height}×{width}; \
         the nearest such size is {nearest_height}×{nearest_width}"
    )]
    Size {
        /// Name of the network.
        network: &'static str,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// The nearest number of rows that fits.
        nearest_height: usize,
        /// The nearest number of columns that fits.
        nearest_width: usize,
    },
    /// The image's sides cannot be halved five times, or leave the coarsest graph too few nodes.
    #[error(
        "{network} takes images whose height and width are multiples of 32 and at least 128, so that its coarsest graph has \
         more than 11 nodes; found {height}×{width}; the nearest such size is {nearest_height}×{nearest_width}"
    )]
    GraphSize {
        /// Name of the network.
        network: &'static str,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// The nearest number of rows that fits.
        nearest_height: usize,
        /// The nearest number of columns that fits.
        nearest_width: usize,
    },
    /// The windows of the two encoders do not cover the maps of an image.
    #[error(
        "{network} takes images whose height and width are multiples of {side}, so that windows of 8 pixels cover the maps of \
         its first encoder and windows of 7 those of the second; found {height}×{width}; the nearest such size is \
         {nearest_height}×{nearest_width}"
    )]
    WindowSize {
        /// Name of the network.
        network: &'static str,
        /// What sides are multiples of.
        side: usize,
        /// Rows of the image.
        height: usize,
        /// Columns of the image.
        width: usize,
        /// The nearest number of rows that fits.
        nearest_height: usize,
        /// The nearest number of columns that fits.
        nearest_width: usize,
    },
    /// A training batch would hold a single image.
    #[error(
        "{network} trains on at least 2 images at a time, since its pooled branch has one value per image and channel to \
         normalise; found {found}"
    )]
    LoneImage {
        /// Name of the network.
        network: &'static str,
        /// Where a single image would come from, and what to choose instead.
        found: String,
    },
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
        let leaves_one = |batch: usize| {
            batch == 1 || images.is_some_and(|images| images.checked_rem(batch) == Some(1))
        };
        if self.trains_on_one_image() || !leaves_one(batch) {
            return Ok(());
        }
        let advice = match (1..=batch)
            .flat_map(|step| [batch + step, batch.saturating_sub(step)])
            .find(|&size| size > 1 && !leaves_one(size))
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
mod tests {
    use super::*;

    fn deeplab() -> ModelConfig {
        ModelConfig {
            name: NetworkName::DeepLabV3,
            ..ModelConfig::default()
        }
    }

    fn gcascade() -> ModelConfig {
        ModelConfig {
            name: NetworkName::PvtGcascade,
            ..ModelConfig::default()
        }
    }

    #[test]
    fn a_batch_of_one_image_is_refused_with_one_that_fits() {
        let said = |batch, images| {
            let checked = deeplab().check_batches(batch, images);
            checked
                .err()
                .map_or(String::new(), |error| error.to_string())
        };
        assert!(said(1, None).contains("train.batch_size = 1; 2 would do"));
        assert!(said(4, Some(121)).contains("4 for 121 training images; 7 would do"));
        assert!(said(4, Some(1)).ends_with("4 for 1 training images"));
        assert_eq!(said(4, Some(120)), "");
        assert_eq!(said(4, None), "");
        assert_eq!(ModelConfig::default().check_batches(1, Some(1)), Ok(()));
    }

    #[test]
    fn keys_of_another_network_are_refused() {
        let key = |config: ModelConfig| match config.validate(3) {
            Err(ModelError::Setting { key, .. }) => key,
            other => panic!("expected a setting, found {other:?}"),
        };
        let plain = ModelConfig::default;
        assert_eq!(
            key(ModelConfig {
                backbone: Backbone::ResNet101,
                ..plain()
            }),
            "backbone"
        );
        assert_eq!(
            key(ModelConfig {
                output_stride: OutputStride::Sixteen,
                ..plain()
            }),
            "output_stride"
        );
        assert_eq!(
            key(ModelConfig {
                auxiliary_head: true,
                ..plain()
            }),
            "auxiliary_head"
        );
        assert_eq!(
            key(ModelConfig {
                auxiliary_weight: 0.4,
                ..deeplab()
            }),
            "auxiliary_weight"
        );
        assert_eq!(
            key(ModelConfig {
                auxiliary_head: true,
                auxiliary_weight: f64::NAN,
                ..deeplab()
            }),
            "auxiliary_weight"
        );
        assert_eq!(
            key(ModelConfig {
                deep_supervision: true,
                ..deeplab()
            }),
            "deep_supervision"
        );
        assert_eq!(
            key(ModelConfig {
                pvt: PvtSize::B5,
                ..plain()
            }),
            "pvt"
        );
        assert_eq!(
            key(ModelConfig {
                aggregation: Aggregation::Concatenation,
                ..deeplab()
            }),
            "aggregation"
        );
        assert_eq!(
            key(ModelConfig {
                head_losses: HeadLosses::Sum,
                ..plain()
            }),
            "head_losses"
        );
        assert_eq!(
            key(ModelConfig {
                width: 12,
                pvt: PvtSize::B0,
                ..gcascade()
            }),
            "width"
        );
        assert_eq!(
            key(ModelConfig {
                auxiliary_head: true,
                ..gcascade()
            }),
            "auxiliary_head"
        );
    }

    #[test]
    fn windows_that_cover_no_map_are_refused_with_a_size_that_fits() {
        let merit = ModelConfig {
            name: NetworkName::MeritGcascade,
            ..ModelConfig::default()
        };
        assert_eq!(merit.check_size(256, 512), Ok(()));
        let error = merit.check_size(224, 400).expect_err("no multiples of 256");
        let said = error.to_string();
        assert!(said.ends_with("the nearest such size is 256×512"), "{said}");
        assert!(merit.validate(2).is_ok());
        let narrow = ModelConfig { width: 12, ..merit };
        assert!(narrow.validate(2).is_err());
    }

    #[test]
    fn a_graph_with_too_few_nodes_is_refused_with_a_size_that_fits() {
        let said = |height, width| {
            let checked = gcascade().check_size(height, width);
            checked
                .err()
                .map_or(String::new(), |error| error.to_string())
        };
        assert_eq!(said(128, 352), "");
        assert!(said(96, 128).ends_with("the nearest such size is 128×128"));
        assert!(said(250, 130).ends_with("the nearest such size is 256×128"));
    }
}
