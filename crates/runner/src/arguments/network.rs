//! Options that describe a network.

use clap::Args;
use models::{Aggregation, Backbone, HeadLosses, ModelConfig, NetworkName, OutputStride, PvtSize};

use crate::error::RunnerError;

/// The settings of a network.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options of different networks"
)]
pub struct NetworkArguments {
    /// Classes, background included.
    #[arg(long, default_value_t = 6)]
    pub classes: usize,
    /// Channels of the first level.
    #[arg(long, default_value_t = 64)]
    pub width: usize,
    /// UNet3+: a head on every level.
    #[arg(long)]
    pub deep_supervision: bool,
    /// UNet3+ with deep supervision: the classification-guided module.
    #[arg(long, requires = "deep_supervision")]
    pub classification_guided: bool,
    /// DeepLabV3: resnet50 or resnet101.
    #[arg(long, default_value = "resnet50", value_parser = one_of(Backbone::ALL, Backbone::as_str))]
    pub backbone: Backbone,
    /// DeepLabV3: pixels of the image between neighbours of the last map, 8 or 16.
    #[arg(long, default_value_t = 8)]
    pub output_stride: u64,
    /// DeepLabV3: a second head, on the third stage.
    #[arg(long)]
    pub auxiliary_head: bool,
    /// PVT-GCASCADE: the size of its encoder, b0 to b5.
    #[arg(long, default_value = "b2", value_parser = one_of(PvtSize::ALL, PvtSize::as_str))]
    pub pvt: PvtSize,
    /// G-CASCADE: how the decoder's maps are combined with the encoder's, additive or concatenation.
    #[arg(long, default_value = "additive", value_parser = one_of(Aggregation::ALL, Aggregation::as_str))]
    pub aggregation: Aggregation,
    /// G-CASCADE: which sums of the four maps of logits are trained, mutation, heads or sum.
    #[arg(long, default_value = "mutation", value_parser = one_of(HeadLosses::ALL, HeadLosses::as_str))]
    pub head_losses: HeadLosses,
    /// G-CASCADE: images are grey, and an additional layer makes three channels of them.
    #[arg(long)]
    pub grey_input: bool,
}

/// The network of this name that the options describe.
pub(crate) fn config_of(
    name: &str,
    options: &NetworkArguments,
) -> Result<ModelConfig, RunnerError> {
    Ok(ModelConfig {
        name: network_name(name)?,
        width: options.width,
        deep_supervision: options.deep_supervision,
        classification_guided: options.classification_guided,
        backbone: options.backbone,
        output_stride: OutputStride::try_from(options.output_stride)?,
        auxiliary_head: options.auxiliary_head,
        pvt: options.pvt,
        aggregation: options.aggregation,
        head_losses: options.head_losses,
        grey_input: options.grey_input,
        ..ModelConfig::default()
    })
}

/// The network of this name.
///
/// # Errors
///
/// No network has this name.
pub(crate) fn network_name(name: &str) -> Result<NetworkName, RunnerError> {
    NetworkName::find(name).ok_or_else(|| {
        let names = NetworkName::ALL.map(NetworkName::as_str).join(", ");
        RunnerError::fixable(
            format!("expected one of {names}"),
            "see `selvedge model list`",
        )
        .at(format!("network '{name}'"))
    })
}

/// A parser that takes the names of the values in `known`.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    known: [T; N],
    as_str: fn(T) -> &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |name| {
        known
            .into_iter()
            .find(|known| as_str(*known) == name)
            .ok_or_else(|| format!("expected one of {}", known.map(as_str).join(", ")))
    }
}
