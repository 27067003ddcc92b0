//! The `[model]` section of a recipe, and what can be said of a network before it is built.

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
pub(crate) const AUXILIARY_WEIGHT: f64 = 0.5;
