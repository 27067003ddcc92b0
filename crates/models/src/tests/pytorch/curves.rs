//! Twenty training steps from the same weights on the same batches, as in `assets/reference/networks/curves.py`.

use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::hashed::{fill, image};
use super::{numbers, read_cases};
use crate::config::{ModelConfig, NetworkName};
use crate::encoders::resnet::OutputStride;
use crate::networks::Network;

const BATCHES: usize = 4;
const IMAGES: usize = 4;
const CLASSES: usize = 3;

/// Images `[4, 3, size, size]`, and labels `[4, size, size]`.
fn batch(number: usize, size: usize, device: &Device) -> (Tensor<4>, Tensor<3, Int>) {
    let labels: Vec<i32> = (0..IMAGES * size * size)
        .map(|pixel| {
            let (image, row, column) = (pixel / (size * size), pixel / size % size, pixel % size);
            ((row / 16 + column / 16 + image + number) % CLASSES) as i32
        })
        .collect();
    let labels: Tensor<3, Int> =
        Tensor::from_data(TensorData::new(labels, [IMAGES, size, size]), device);
    let brightness = labels.clone().float().mul_scalar(2.0).unsqueeze_dim::<4>(1);
    let images = image(number, [IMAGES, 3, size, size], device, DType::F32).mul_scalar(0.5);
    let first = images.clone().narrow(1, 0, 1) + brightness;
    (Tensor::cat(vec![first, images.narrow(1, 1, 2)], 1), labels)
}

fn cross_entropy(logits: Tensor<4>, labels: Tensor<3, Int>) -> Tensor<1> {
    log_softmax(logits, 1)
        .gather(1, labels.unsqueeze_dim::<4>(1))
        .mean()
        .neg()
}

/// The losses of the reference's steps agree to one percent.
fn assert_follows(config: &ModelConfig, size: usize) {
    let device = Device::flex().autodiff();
    let expected = numbers(&read_cases("curves.json")[0][config.name.as_str()]);
    assert_eq!(expected.len(), 20);
    let network = Network::new(config, CLASSES, 1, &device).expect("a network");
    let mut network = fill(network, DType::F32);
    let mut optimizer = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(1e-2)
        .init();
    for (step, expected) in expected.into_iter().enumerate() {
        let (images, labels) = batch(step % BATCHES, size, &device);
        let outputs = network.forward(images);
        let loss = outputs
            .logits
            .into_iter()
            .zip(outputs.weights)
            .map(|(logits, weight)| cross_entropy(logits, labels.clone()) * weight)
            .reduce(|sum, loss| sum + loss)
            .expect("a head");
        let found = loss.clone().cast(DType::F64).into_scalar::<f64>();
        assert!(
            (found - expected).abs() <= 1e-2 * expected,
            "{}, step {step}: a loss of {found}, PyTorch {expected}",
            config.name.as_str()
        );
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimizer.step(3e-4, network, gradients);
    }
}

#[test]
fn deeplab_learns_as_in_pytorch() {
    let config = ModelConfig {
        name: NetworkName::DeepLabV3,
        width: 16,
        output_stride: OutputStride::Sixteen,
        auxiliary_head: true,
        ..ModelConfig::default()
    };
    assert_follows(&config, 64);
}

#[test]
fn unet3plus_learns_as_in_pytorch() {
    let config = ModelConfig {
        width: 8,
        ..ModelConfig::default()
    };
    assert_follows(&config, 32);
}
