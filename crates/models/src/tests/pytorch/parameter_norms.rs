//! Shapes and norms of a network's parameters, by their names in PyTorch.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{DType, Tensor};
use serde_json::Value;

/// For every parameter and running statistic, by its PyTorch name: its shape, its norm, and its gradient's norm.
pub(super) struct ParameterNorms<'a> {
    name: fn(&[String]) -> String,
    gradients: Option<&'a GradientsParams>,
    path: Vec<String>,
    pub(super) shapes: BTreeMap<String, Vec<usize>>,
    pub(super) norms: BTreeMap<String, f64>,
    pub(super) gradient_norms: BTreeMap<String, f64>,
}

pub(super) fn norm<const D: usize>(tensor: Tensor<D>) -> f64 {
    let square = tensor.cast(DType::F64).powi_scalar(2).sum();
    square.into_scalar::<f64>().sqrt()
}

impl ModuleVisitor for ParameterNorms<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let name = (self.name)(&self.path);
        if let Some(gradients) = self.gradients
            && !name.contains("running_")
        {
            let gradient = gradients.get::<D>(parameter.id).expect("a gradient");
            self.gradient_norms.insert(name.clone(), norm(gradient));
        }
        self.norms.insert(name.clone(), norm(parameter.val()));
        self.shapes.insert(name, parameter.dims().to_vec());
    }
}

/// Shapes and norms of the parameters of a module, with names from `name`.
pub(super) fn parameter_norms<'a>(
    module: &impl Module,
    name: fn(&[String]) -> String,
    gradients: Option<&'a GradientsParams>,
) -> ParameterNorms<'a> {
    let mut norms = ParameterNorms {
        name,
        gradients,
        path: Vec::new(),
        shapes: BTreeMap::new(),
        norms: BTreeMap::new(),
        gradient_norms: BTreeMap::new(),
    };
    module.visit(&mut norms);
    norms
}

/// The numbers of an object in one of the committed files.
pub(super) fn named(value: &Value) -> BTreeMap<String, f64> {
    let object = value.as_object().expect("an object");
    object
        .iter()
        .map(|(name, value)| (name.clone(), value.as_f64().expect("a number")))
        .collect()
}

/// The shapes of an object in one of the committed files.
pub(super) fn shapes(value: &Value) -> BTreeMap<String, Vec<usize>> {
    let object = value.as_object().expect("an object");
    object
        .iter()
        .map(|(name, shape)| {
            let sides = shape.as_array().expect("a list").iter();
            let sides = sides.map(|side| side.as_u64().expect("a number") as usize);
            (name.clone(), sides.collect())
        })
        .collect()
}

pub(super) fn values(tensor: Tensor<4>) -> Vec<f64> {
    let data = tensor.cast(DType::F64).into_data();
    data.try_to_vec::<f64>().expect("64 bits")
}

/// Mean and root mean square.
pub(super) fn moments(map: Tensor<4>) -> [f64; 2] {
    let map = map.cast(DType::F64);
    let mean = map.clone().mean().into_scalar::<f64>();
    let square = map.powi_scalar(2).mean().into_scalar::<f64>();
    [mean, square.sqrt()]
}

/// Asserts that the `found` numbers are within `tolerance` of the expected ones, relative to the largest.
pub(super) fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance * largest,
            "{what}: {found}, PyTorch {expected}"
        );
    }
}

/// Asserts that the norms of gradients are the `expected` ones, in the order of their names, except for rounding where they
/// nearly vanish.
pub(super) fn assert_gradients(
    what: &str,
    found: &BTreeMap<String, f64>,
    expected: &[f64],
    tolerance: f64,
) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().copied().fold(0.0, f64::max);
    for ((name, found), expected) in found.iter().zip(expected) {
        let scale = expected.max(1e-4 * largest);
        assert!(
            (found - expected).abs() <= tolerance * scale,
            "{what}, gradient of {name}: {found}, PyTorch {expected}"
        );
    }
}
