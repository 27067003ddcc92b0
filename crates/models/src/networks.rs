//! The networks, and the list that maps each name to its architecture and its builder.

pub(crate) mod deeplabv3;
pub(crate) mod merit_gcascade;
pub(crate) mod pvt_gcascade;
pub(crate) mod unet;
pub(crate) mod unet3plus;

use burn::module::Module;
use burn::tensor::Tensor;

use self::deeplabv3::DeepLabV3;
use self::merit_gcascade::MeritGcascade;
use self::pvt_gcascade::PvtGcascade;
use self::unet::UNet;
use self::unet3plus::UNet3Plus;
use crate::architecture::Architecture;
use crate::config::{ModelConfig, NetworkName};
use crate::layers::builder::Builder;
use crate::outputs::Outputs;

/// Any of the networks.
///
/// The variants are spelled as recipes spell the networks: Burn puts a variant's name into the paths of its parameters, and
/// thus into checkpoints.
#[derive(Module, Debug)]
#[expect(
    non_camel_case_types,
    reason = "the variants' names are part of the parameters' paths in checkpoints"
)]
pub enum Network {
    /// U-Net.
    unet(UNet),
    /// UNet 3+.
    unet3plus(UNet3Plus),
    /// DeepLabV3.
    deeplabv3(DeepLabV3),
    /// PVT-GCASCADE.
    pvtgcascade(PvtGcascade),
    /// MERIT-GCASCADE.
    meritgcascade(MeritGcascade),
}

/// Builds a network from its settings and its number of classes.
type Build = fn(&mut Builder<'_>, &ModelConfig, usize) -> Network;

impl NetworkName {
    /// The network's architecture and builder. This is the only `match` over the names.
    fn entry(self) -> (&'static Architecture, Build) {
        match self {
            Self::UNet => (
                &unet::architecture::ARCHITECTURE,
                |builder, config, classes| Network::unet(UNet::new(builder, config, classes)),
            ),
            Self::UNet3Plus => (
                &unet3plus::architecture::ARCHITECTURE,
                |builder, config, classes| {
                    Network::unet3plus(UNet3Plus::new(builder, config, classes))
                },
            ),
            Self::DeepLabV3 => (
                &deeplabv3::architecture::ARCHITECTURE,
                |builder, config, classes| {
                    Network::deeplabv3(DeepLabV3::new(builder, config, classes))
                },
            ),
            Self::PvtGcascade => (
                &pvt_gcascade::architecture::ARCHITECTURE,
                |builder, config, classes| {
                    Network::pvtgcascade(PvtGcascade::new(builder, config, classes))
                },
            ),
            Self::MeritGcascade => (
                &merit_gcascade::architecture::ARCHITECTURE,
                |builder, config, classes| {
                    Network::meritgcascade(MeritGcascade::new(builder, config, classes))
                },
            ),
        }
    }

    /// The properties of the network that are known before it is built.
    #[must_use]
    pub fn architecture(self) -> &'static Architecture {
        self.entry().0
    }

    pub(crate) fn build(
        self,
        builder: &mut Builder<'_>,
        config: &ModelConfig,
        classes: usize,
    ) -> Network {
        self.entry().1(builder, config, classes)
    }

    /// The name as recipes spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.architecture().key
    }

    /// The network that recipes spell like this.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == key)
    }
}

impl Network {
    /// Logits for images `[batch, 3, height, width]`.
    ///
    /// # Panics
    ///
    /// When the network does not accept images of that size (see [`ModelConfig::check_size`]).
    #[must_use]
    pub fn forward(&self, images: Tensor<4>) -> Outputs {
        match self {
            Self::unet(network) => network.forward(images),
            Self::unet3plus(network) => network.forward(images),
            Self::deeplabv3(network) => network.forward(images),
            Self::pvtgcascade(network) => network.forward(images),
            Self::meritgcascade(network) => network.forward(images),
        }
    }

    /// The same network without dropout, in training too, for comparisons of devices and programs whose random numbers differ.
    #[must_use]
    pub fn without_dropout(mut self) -> Self {
        match &mut self {
            Self::unet(_) => {}
            Self::unet3plus(network) => network.disable_dropout(),
            Self::deeplabv3(network) => network.disable_dropout(),
            Self::pvtgcascade(network) => network.disable_dropout(),
            Self::meritgcascade(network) => network.disable_dropout(),
        }
        self
    }
}
