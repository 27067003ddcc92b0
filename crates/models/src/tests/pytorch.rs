//! Agreement with PyTorch: `assets/reference/networks/generate.py` describes the origin of the numbers.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Device, Tensor, TensorData};
use ops::InstructionSet;
use ops::testing::every_instruction_set;
use serde_json::Value;

use crate::config::{ModelConfig, NetworkName};
use crate::networks::Network;

mod curves;
mod deeplab;
mod gcascade;
mod hashed;
mod maxvit;
mod merit;
mod parameter_norms;
mod pvt;

pub(crate) use hashed::{fill, fill_module};

/// Image number 0 of `hashed.py`.
pub(crate) fn hashed_image(shape: [usize; 4], device: &Device, dtype: DType) -> Tensor<4> {
    hashed::image(0, shape, device, dtype)
}

/// Tolerance of logits in 32 bits, relative to the largest.
const SINGLE: f64 = 1e-4;
/// Tolerance of logits and gradients' norms in 64 bits; the reference has eight digits. In 32 bits, rounding can flip a ReLU
/// or a maximum, which changes the gradients' third digit.
const DOUBLE: f64 = 1e-7;

/// Sets every parameter by the formula, in the network's order.
struct Fill {
    dtype: DType,
    path: Vec<String>,
    number: usize,
}

impl Fill {
    fn new(dtype: DType) -> Self {
        let path = Vec::new();
        Self {
            dtype,
            path,
            number: 0,
        }
    }
}

impl ModuleMapper for Fill {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.last().map_or("", String::as_str).to_string();
        let dtype = self.dtype;
        if name.starts_with("running_") {
            return parameter.map(|value| value.cast(dtype));
        }
        let shape = parameter.dims();
        let fan_in: usize = shape[1..].iter().product();
        let values: Vec<f64> = (0..shape.iter().product::<usize>())
            .map(|k| (12.9898 * k as f64 + 78.233 * self.number as f64 + 1.0).sin())
            .map(|s| match name.as_str() {
                "weight" => s * (2.0 / fan_in as f64).sqrt(),
                "gamma" => 1.0 + 0.1 * s,
                _ => 0.05 * s,
            })
            .collect();
        self.number += 1;
        parameter.map(|old| {
            let device = old.device();
            Tensor::from_data(TensorData::new(values, shape), (&device, dtype)).require_grad()
        })
    }
}

/// Norms of the gradients, in the same order.
struct Norms<'a> {
    gradients: &'a GradientsParams,
    path: Vec<String>,
    lengths: Vec<f64>,
}

impl ModuleVisitor for Norms<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if !self
            .path
            .last()
            .is_some_and(|name| name.starts_with("running_"))
        {
            let gradient = self.gradients.get::<D>(parameter.id).expect("a gradient");
            let square = gradient.powi_scalar(2).sum().into_scalar::<f64>();
            self.lengths.push(square.sqrt());
        }
    }
}

/// The formula of `element` over a tensor of `shape`.
fn formula(shape: [usize; 4], element: fn(f64) -> f64, device: &Device, dtype: DType) -> Tensor<4> {
    let values: Vec<f64> = (0..shape.iter().product::<usize>())
        .map(|k| element(k as f64))
        .collect();
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}

fn input(device: &Device, dtype: DType) -> Tensor<4> {
    let element = |k: f64| (0.37 * k + 0.2 * (0.011 * k).sin()).sin();
    formula([2, 3, 32, 32], element, device, dtype)
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|value| value.as_f64().expect("a number"))
        .collect()
}

/// Every seventh logit of the first image.
fn assert_logits(what: &str, found: Tensor<4>, expected: &[f64], tolerance: f64) {
    let found = found
        .cast(DType::F64)
        .into_data()
        .try_to_vec::<f64>()
        .expect("64 bits");
    let first_image = &found[..found.len() / 2];
    let largest = expected
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut compared = 0;
    for (found, expected) in first_image.iter().step_by(7).zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{what}: {found}, PyTorch {expected}"
        );
        compared += 1;
    }
    assert_eq!(compared, expected.len());
}

/// The list in one of the committed files.
fn read_cases(file: &str) -> Vec<Value> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/reference/networks"
    );
    let text = std::fs::read_to_string(format!("{folder}/{file}")).expect("the committed file");
    serde_json::from_str(&text).expect("JSON")
}

fn cases() -> Vec<Value> {
    let cases = read_cases("cases.json");
    assert_eq!(cases.len(), 3);
    cases
}

fn network(case: &Value, dtype: DType, device: &Device) -> Network {
    let name = case["name"].as_str().expect("a name");
    let config = ModelConfig {
        name: if name == "unet" {
            NetworkName::UNet
        } else {
            NetworkName::UNet3Plus
        },
        width: 4,
        deep_supervision: name.ends_with("deep"),
        ..ModelConfig::default()
    };
    let network = Network::new(&config, 3, 1, device).expect("a network");
    assert_eq!(
        network.parameters() as u64,
        case["parameters"].as_u64().expect("a number")
    );
    network.map(&mut Fill::new(dtype))
}

#[test]
fn logits_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    for case in cases() {
        for (dtype, tolerance) in [(DType::F32, SINGLE), (DType::F64, DOUBLE)] {
            let network = network(&case, dtype, &device);
            let evaluated = network
                .valid()
                .forward(input(&device.clone().inner(), dtype));
            assert_logits(
                &format!("{}, evaluation, {dtype:?}", case["name"]),
                evaluated.logits[0].clone(),
                &numbers(&case["evaluation"]),
                tolerance,
            );
            let trained = network.forward(input(&device, dtype));
            assert_logits(
                &format!("{}, training, {dtype:?}", case["name"]),
                trained.logits[0].clone().inner(),
                &numbers(&case["training"]),
                tolerance,
            );
        }
    }
}

#[test]
fn gradients_are_those_of_pytorch() {
    let device = Device::flex().autodiff();
    for case in cases() {
        let network = network(&case, DType::F64, &device);
        let outputs = network.forward(input(&device, DType::F64));
        let shape = outputs.logits[0].dims();
        let seed = formula(shape, |k| (0.7 * k).sin(), &device, DType::F64);
        let losses = outputs
            .logits
            .into_iter()
            .map(|logits| (logits * seed.clone()).mean());
        let loss = losses.reduce(|sum, loss| sum + loss).expect("a head");
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let mut found = Norms {
            gradients: &gradients,
            path: Vec::new(),
            lengths: Vec::new(),
        };
        network.visit(&mut found);
        let expected = numbers(&case["gradients"]);
        assert_eq!(found.lengths.len(), expected.len());
        let largest = expected.iter().copied().fold(0.0, f64::max);
        for (number, (found, expected)) in found.lengths.iter().zip(&expected).enumerate() {
            // A bias before a normalisation in training mode has a gradient of 0 up to rounding.
            let scale = expected.max(1e-4 * largest);
            assert!(
                (found - expected).abs() <= DOUBLE * scale,
                "{}, gradient of parameter {number}: {found}, PyTorch {expected}",
                case["name"]
            );
        }
    }
}

#[test]
fn every_comparison_passes_with_every_other_instruction_set() {
    // Without vector instructions the larger networks would take minutes.
    every_instruction_set::run("tests::pytorch::", InstructionSet::Neon);
}
