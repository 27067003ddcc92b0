//! Agreement with PyTorch, in 64 bits: `assets/reference/loss/generate.py` describes the origin of the numbers.

use std::collections::BTreeMap;

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use serde::Deserialize;

use crate::config::LossConfig;
use crate::image_rule::{batch_loss, image_weights};
use crate::loss::Loss;
use crate::store::LossStore;

/// Rounding of sums of some hundred numbers in 64 bits.
const TOLERANCE: f64 = 1e-10;

#[derive(Deserialize)]
struct Reference {
    inputs: BTreeMap<String, Input>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Input {
    shape: [usize; 4],
    logits: Vec<f64>,
    labels: Vec<i64>,
}

#[derive(Deserialize)]
struct Case {
    input: String,
    settings: serde_json::Value,
    store: Vec<Option<f32>>,
    epoch: usize,
    epochs: usize,
    image_loss: Vec<f64>,
    kept: Vec<f64>,
    image_weight: Vec<f64>,
    mean_weight: f64,
    batch_loss: f64,
    gradient: Vec<f64>,
}

fn reference() -> Reference {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/reference/loss/cases.json"
    );
    let text = std::fs::read_to_string(path).expect("the committed file");
    serde_json::from_str(&text).expect("cases as generated")
}

fn host<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().try_to_vec::<f64>().expect("64 bits")
}

fn assert_close(what: &str, settings: &serde_json::Value, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what} of {settings}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
            "{what} of {settings}: {found}, PyTorch {expected}"
        );
    }
}

#[test]
fn losses_weights_and_gradients_are_those_of_pytorch() {
    let Reference { inputs, cases } = reference();
    assert!(cases.len() > 70, "{} cases", cases.len());
    let device = Device::flex().autodiff();
    for case in &cases {
        let Input {
            shape,
            logits,
            labels,
        } = &inputs[&case.input];
        let [batch, classes, height, width] = *shape;
        let config: LossConfig = serde_json::from_value(case.settings.clone()).expect("known keys");
        let logits = Tensor::<4>::from_data(
            TensorData::new(logits.clone(), *shape),
            (&device, DType::F64),
        )
        .require_grad();
        let labels = TensorData::new(labels.clone(), [batch, height, width]);
        let labels = Tensor::<3, Int>::from_data(labels, &device);

        let loss = Loss::new(config.clone(), classes).expect("sound settings");
        let losses = loss.image_losses(std::slice::from_ref(&logits), labels);
        let found = host(losses.loss.clone().inner());
        assert_close("image loss", &case.settings, &found, &case.image_loss);
        let kept = host(losses.kept.sum_dim(1));
        assert_close("kept pixels", &case.settings, &kept, &case.kept);

        let store = case
            .store
            .iter()
            .map(|loss| loss.unwrap_or(f32::NAN))
            .collect();
        let mut store = LossStore::from_vec(store).expect("finite or unknown");
        for (image, loss) in found.iter().enumerate() {
            store.insert(image, *loss as f32).expect("finite");
        }
        let indices: Vec<usize> = (0..batch).collect();
        let weights = image_weights(&store, &indices, &config, case.epoch, case.epochs);
        assert_close(
            "weight",
            &case.settings,
            &weights.weight,
            &case.image_weight,
        );
        assert_close(
            "mean weight",
            &case.settings,
            &[weights.mean],
            &[case.mean_weight],
        );

        let total = batch_loss(losses.loss, &weights);
        assert_close(
            "batch loss",
            &case.settings,
            &host(total.clone().inner()),
            &[case.batch_loss],
        );
        let gradient = logits.grad(&total.backward()).expect("tracked");
        assert_close("gradient", &case.settings, &host(gradient), &case.gradient);
    }
}
