//! The `[model]` section of a recipe.

use serde::{Deserialize, Serialize};

use crate::decoders::gcascade::Aggregation;
use crate::decoders::gcascade::head_losses::HeadLosses;
use crate::encoders::pvt::PvtSize;
use crate::encoders::resnet::{Backbone, OutputStride};

/// Names of the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkName {
    /// U-Net with transposed convolutions (Ronneberger et al. 2015), as the authors of UNet 3+ built it.
    UNet,
    /// UNet 3+ with full-scale skip connections (Huang et al., ICASSP 2020).
    #[default]
    UNet3Plus,
    /// DeepLabV3 with a residual network as its encoder (Chen et al., arXiv 1706.05587), as torchvision builds it.
    DeepLabV3,
    /// A Pyramid Vision Transformer decoded by graph convolutions (Rahman and Marculescu, WACV 2024).
    PvtGcascade,
    /// Two MaxViT encoders in cascade decoded by graph convolutions (Rahman and Marculescu, MIDL 2023 and WACV 2024).
    MeritGcascade,
}

impl NetworkName {
    /// Every network, in the order of lists.
    pub const ALL: [Self; 5] = [
        Self::UNet,
        Self::UNet3Plus,
        Self::DeepLabV3,
        Self::PvtGcascade,
        Self::MeritGcascade,
    ];
}

/// Settings of a network; the keys are those of a recipe's `[model]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the keys of a recipe's section"
)]
pub struct ModelConfig {
    /// Which network.
    pub name: NetworkName,
    /// Channels of the first level; for DeepLabV3 of the stem, for PVT-GCASCADE of the encoder's first stage (B0 has half as
    /// many), for MERIT-GCASCADE of the second encoder's stem. All other channels are proportional to it; the published
    /// networks have 64.
    pub width: usize,
    /// UNet 3+: a trained head on every level of the decoder.
    pub deep_supervision: bool,
    /// UNet 3+ with deep supervision: a classifier on the deepest map predicts whether the image contains any foreground. At
    /// evaluation it sets the heads to background where there is none; in training it has a loss of its own.
    pub classification_guided: bool,
    /// DeepLabV3: its encoder.
    pub backbone: Backbone,
    /// DeepLabV3: stride of the last map in pixels of the image.
    pub output_stride: OutputStride,
    /// DeepLabV3: a second head on the third stage, used in training only.
    pub auxiliary_head: bool,
    /// DeepLabV3 with an auxiliary head: the factor of its loss; torchvision trains with 0.5.
    pub auxiliary_weight: f64,
    /// PVT-GCASCADE: the size of its encoder.
    pub pvt: PvtSize,
    /// G-CASCADE: how the decoder's maps are combined with the encoder's.
    pub aggregation: Aggregation,
    /// G-CASCADE: which sums of the four maps of logits have a loss.
    pub head_losses: HeadLosses,
    /// G-CASCADE: images are grey, and a learned layer computes three channels from the first, as in the published networks for
    /// images of one channel; 12 parameters, which are part of the published counts.
    pub grey_input: bool,
    /// A file of initial weights, safetensors or PyTorch, of the network or of its encoder. Empty for weights drawn from the
    /// seed.
    pub pretrained: String,
    /// The SHA-256 that the file must have, in hexadecimal; empty for any. Runs record it.
    pub pretrained_sha256: String,
    /// Whether every tensor must fit; otherwise those that do not, such as a head for other classes, keep their initial
    /// weights.
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

/// Factor of the auxiliary head's loss in torchvision's reference training.
pub(crate) const AUXILIARY_WEIGHT: f64 = 0.5;
