//! Both paths compute the documented results, so no work can be skipped.

use burn::tensor::Tensor;

use super::chains::{CHAINS, SCALE, SHIFT, STEPS};
use super::{copy, multiply_adds};
use crate::testing::devices::devices;

#[test]
fn every_chain_goes_through_all_rounds() {
    let seeds: Vec<f32> = (0..5003).map(|place| place as f32 * 0.01 - 20.0).collect();
    let devices = devices();
    for rounds in [0, STEPS, 3 * STEPS] {
        let expected: Vec<f64> = seeds
            .iter()
            .map(|seed| {
                let chain = |number: usize| {
                    (0..rounds).fold(f64::from(*seed) + number as f64, |x, _| {
                        x * f64::from(SCALE) + f64::from(SHIFT)
                    })
                };
                (0..CHAINS).map(chain).sum()
            })
            .collect();
        for device in &devices {
            let found = multiply_adds(Tensor::from_floats(seeds.as_slice(), device), rounds);
            let found: Vec<f64> = found.into_data().iter::<f64>().collect();
            for (found, expected) in found.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() < 1e-3,
                    "{rounds} rounds on {device:?}: {found}, expected {expected}"
                );
            }
        }
    }
}

#[test]
fn a_copy_equals_its_source_and_has_memory_of_its_own() {
    for device in devices() {
        let source: Tensor<1> = Tensor::arange(0..40_004, &device).float();
        let held: Tensor<1> = Tensor::zeros([40_004], &device);
        let copied = copy(source.clone(), held.clone());
        copied.into_data().assert_eq(&source.into_data(), true);
        let zeros: Tensor<1> = Tensor::zeros([40_004], &device);
        held.into_data().assert_eq(&zeros.into_data(), true);
    }
}
