//! Both paths against Burn's optimizer, over several steps.

use burn::optim::{AdamWConfig, Optimizer};
use burn::tensor::{Device, Tensor, TensorData};

use super::AdamW;
use crate::testing::devices::devices;

const COUNT: usize = 1003;

fn wave(number: f64, device: &Device) -> Tensor<1> {
    let values: Vec<f32> = (0..COUNT)
        .map(|place| (1.7 * place as f64 + 0.9 * number).sin() as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, [COUNT]), device)
}

fn trained(optimizer: &impl Optimizer, device: &Device) -> Vec<f32> {
    let mut parameter = wave(0.0, device);
    let mut state = None;
    for step in 1..6 {
        let gradient = wave(f64::from(step), device);
        (parameter, state) = optimizer.step(0.01, parameter, gradient, state);
    }
    parameter.into_data().try_to_vec().expect("f32")
}

#[test]
fn steps_are_those_of_the_optimizer_of_burn() {
    for weight_decay in [0.0, 0.1] {
        let stock = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(weight_decay)
            .build();
        let expected = trained(&stock, &Device::flex());
        let ours = |device: &Device| trained(&AdamW::new(weight_decay), device);
        assert_eq!(ours(&Device::flex()), expected);
        for device in devices() {
            for (found, expected) in ours(&device).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-6, "{found}, Burn {expected}");
            }
        }
    }
}

#[test]
fn a_step_changes_no_tensor_that_somebody_else_refers_to() {
    for device in devices() {
        let optimizer = AdamW::new(0.1);
        let gradient = wave(1.0, &device);
        let (parameter, state) = optimizer.step(0.01, wave(0.0, &device), gradient.clone(), None);
        let state = state.expect("moments");
        let numbers = |tensor: &Tensor<1>| -> Vec<f32> {
            tensor.clone().into_data().try_to_vec().expect("f32")
        };
        let before = numbers(&parameter);
        let means = numbers(&state.momentum.moment_1);
        let (next, next_state) = optimizer.step(
            0.01,
            parameter.clone(),
            gradient.clone(),
            Some(state.clone()),
        );
        assert_eq!(numbers(&parameter), before);
        assert_eq!(numbers(&state.momentum.moment_1), means);
        assert_ne!(numbers(&next), before);
        // The same step in place.
        let expected = numbers(&next);
        let (changed, _) = optimizer.step(0.01, parameter, gradient, Some(state));
        assert_eq!(numbers(&changed), expected);
        drop(next_state);
    }
}
