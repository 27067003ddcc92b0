//! Parameters and images from integers, as in `assets/reference/networks/hashed.py`.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::networks::Network;

fn hashed(number: usize, count: usize) -> impl Iterator<Item = f64> {
    let start = (number as u32).wrapping_mul(40503);
    (0..count).map(move |k| {
        let mut x = (k as u32).wrapping_mul(2_654_435_761).wrapping_add(start);
        x = (x ^ (x >> 15)).wrapping_mul(2_246_822_519);
        x = (x ^ (x >> 13)).wrapping_mul(3_266_489_917);
        x ^= x >> 16;
        f64::from(x) / f64::from(1_u32 << 31) - 1.0
    })
}

/// Image number `number`.
pub(super) fn image(number: usize, shape: [usize; 4], device: &Device, dtype: DType) -> Tensor<4> {
    let values: Vec<f64> = hashed(1_000_000 + number, shape.iter().product()).collect();
    Tensor::from_data(TensorData::new(values, shape), (device, dtype))
}

struct Fill {
    dtype: DType,
    path: Vec<String>,
    number: usize,
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
        let last_of_bottleneck = self
            .path
            .ends_with(&["third", "norm", "gamma"].map(String::from));
        let factor = if last_of_bottleneck { 0.1 } else { 1.0 };
        let values: Vec<f64> = hashed(self.number, shape.iter().product())
            .map(|h| match name.as_str() {
                "weight" => h * (6.0 / fan_in as f64).sqrt(),
                "gamma" => (1.0 + 0.1 * h) * factor,
                _ => 0.05 * h,
            })
            .collect();
        self.number += 1;
        parameter.map(|old| {
            let device = old.device();
            Tensor::from_data(TensorData::new(values, shape), (&device, dtype)).require_grad()
        })
    }
}

/// The network with the parameters of the formula, and without dropout.
pub(crate) fn fill(network: Network, dtype: DType) -> Network {
    fill_module(network.without_dropout(), dtype)
}

/// A module with the parameters of the formula.
pub(crate) fn fill_module<M: Module>(module: M, dtype: DType) -> M {
    module.map(&mut Fill {
        dtype,
        path: Vec::new(),
        number: 0,
    })
}
