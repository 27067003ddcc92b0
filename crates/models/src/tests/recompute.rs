//! A device that recomputes outputs gives the same bits as one that keeps everything.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use ops::testing::devices::graphics;

use crate::config::{ModelConfig, NetworkName};
use crate::encoders::pvt::PvtSize;
use crate::networks::Network;
use crate::tests::parts::merit_with_windows;

fn config(name: NetworkName) -> ModelConfig {
    let graphs = matches!(name, NetworkName::PvtGcascade | NetworkName::MeritGcascade);
    ModelConfig {
        name,
        width: if graphs { 8 } else { 2 },
        pvt: if name == NetworkName::PvtGcascade {
            PvtSize::B0
        } else {
            PvtSize::default()
        },
        deep_supervision: name == NetworkName::UNet3Plus,
        classification_guided: false,
        ..ModelConfig::default()
    }
}

/// Every logit and every parameter's gradient, bit by bit.
fn bits(name: NetworkName, device: &Device) -> Vec<Vec<u32>> {
    struct Gradients<'a>(&'a GradientsParams, Vec<Vec<u32>>);
    impl ModuleVisitor for Gradients<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            if let Some(gradient) = self.0.get::<D>(parameter.id) {
                self.1.push(bits_of(gradient));
            }
        }
    }
    fn bits_of<const D: usize>(tensor: Tensor<D>) -> Vec<u32> {
        let values = tensor.into_data();
        values.iter::<f32>().map(f32::to_bits).collect()
    }
    let network = match name {
        NetworkName::MeritGcascade => merit_with_windows(&config(name), 3, device, [3, 2]),
        _ => Network::new(&config(name), 3, 5, device).expect("a valid network"),
    };
    let network = network.without_dropout();
    let [height, width] = match name {
        NetworkName::PvtGcascade => [64, 96],
        NetworkName::MeritGcascade => [96, 96],
        _ => [32, 48],
    };
    let images: Tensor<4> = Tensor::arange(0..(2 * 3 * height * width) as i64, device)
        .float()
        .mul_scalar(0.37)
        .sin()
        .reshape([2, 3, height, width]);
    let outputs = network.forward(images).logits;
    let mut found: Vec<Vec<u32>> = outputs
        .iter()
        .map(|logits| bits_of(logits.clone().inner()))
        .collect();
    let losses = outputs.into_iter().map(|logits| {
        // A different weight for each logit.
        let weights = logits.clone().inner().mul_scalar(1.3).cos();
        (logits * weights).mean()
    });
    let total = losses.reduce(|sum, loss| sum + loss).expect("a head");
    let gradients = GradientsParams::from_grads(total.backward(), &network);
    let mut visitor = Gradients(&gradients, Vec::new());
    network.visit(&mut visitor);
    assert!(visitor.1.len() > 20, "{} gradients", visitor.1.len());
    found.extend(visitor.1);
    found
}

#[test]
fn recomputing_changes_no_bit() {
    for device in [Device::flex(), graphics()] {
        for name in NetworkName::ALL {
            let keeps = bits(name, &device.clone().autodiff());
            let recomputes = bits(name, &device.clone().autodiff().gradient_checkpointing());
            assert!(keeps == recomputes, "{name:?} on {device:?}");
        }
    }
}
