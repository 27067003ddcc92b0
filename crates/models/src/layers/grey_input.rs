//! A learned layer from one channel to three, by which G-CASCADE's networks take grey images.

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::Tensor;

use crate::layers::builder::Builder;
use crate::layers::convolution::Convolution;
use crate::layers::operations::Operations;

/// A 1×1 convolution from one channel to three, normalisation (scale 1, shift 0), ReLU.
#[derive(Module, Debug)]
pub(crate) struct GreyInput {
    convolution: Convolution,
    norm: BatchNorm,
    #[module(skip)]
    operations: Operations,
}

impl GreyInput {
    pub(crate) fn new(builder: &mut Builder<'_>) -> Self {
        Self {
            convolution: Convolution::uniform(builder, 1, 3, 1),
            norm: BatchNormConfig::new(3).init(builder.device),
            operations: builder.operations,
        }
    }

    /// Uses the first channel; all three are equal in a grey image.
    pub(crate) fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let grey = self.convolution.forward(image.narrow(1, 0, 1));
        self.operations.norm_relu(&self.norm, grey)
    }
}

/// Prefix of this layer's names in the published files, which have it even where the network here does not.
pub(crate) const ORIGINAL_PREFIXES: &[&str] = &["conv_1cto3c."];

/// G-CASCADE's name of the parameter or running statistic at this path within the module.
pub(crate) fn original_name(path: &[&str]) -> Option<String> {
    let name = match path {
        ["convolution", part @ ("weight" | "bias")] => format!("0.{part}"),
        ["norm", "gamma"] => "1.weight".into(),
        ["norm", "beta"] => "1.bias".into(),
        ["norm", part @ ("running_mean" | "running_var")] => format!("1.{part}"),
        _ => return None,
    };
    Some(format!("conv_1cto3c.{name}"))
}

#[cfg(test)]
mod tests {
    use burn::module::Module;
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Tensor};

    use crate::config::{ModelConfig, NetworkName};
    use crate::networks::Network;

    #[test]
    fn only_the_first_channel_is_used_and_every_parameter_learns() {
        let device = Device::flex().autodiff();
        let config = |grey_input| ModelConfig {
            name: NetworkName::PvtGcascade,
            width: 8,
            grey_input,
            ..ModelConfig::default()
        };
        let network = |grey| {
            let network = Network::new(&config(grey), 3, 1, &device).expect("a network");
            network.without_dropout()
        };
        let image: Tensor<4> = Tensor::arange(0..3 * 128 * 128, &device)
            .float()
            .sin()
            .reshape([1, 3, 128, 128]);
        let grey = network(true);
        let loss = grey.forward(image.clone()).logits.remove(0).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &grey);
        let plain = network(false);
        // The parameters of the layer, and those of the network without it.
        assert_eq!(grey.parameters(), plain.parameters() + 12);
        assert!(gradients.len() > 4);
        let first = image.narrow(1, 0, 1);
        let logits = |image| grey.valid().forward(image).logits.remove(0).into_data();
        let repeated = Tensor::cat(vec![first.clone(); 3], 1).inner();
        let alone = Tensor::cat(
            vec![first.clone(), first.zeros_like(), first.zeros_like()],
            1,
        );
        assert_eq!(logits(repeated), logits(alone.inner()));
    }
}
