//! Weights for comparing devices with an untrained network, chosen so that rounding changes no decision.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::networks::Network;

/// Shift of every normalisation in standard deviations: one value in 44 is further below the mean, and cut by a ReLU.
const SHIFT: f32 = 2.0;

/// Draws a network's trained tensors again.
struct SpreadWeights {
    path: Vec<String>,
    random: ChaCha8Rng,
}

impl ModuleMapper for SpreadWeights {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.last().map_or("", String::as_str);
        if name.starts_with("running_") {
            return parameter;
        }
        let shape = parameter.dims();
        let fan_in: usize = shape[1..].iter().product();
        let (mean, range) = match (D, name) {
            (1, "gamma") => (1.0, 0.1),
            (1, "beta") => (SHIFT, 0.05),
            (1, _) => (0.0, 0.05),
            _ => (0.0, (6.0 / fan_in as f32).sqrt()),
        };
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| mean + range * self.random.random_range(-1.0..1.0))
            .collect();
        parameter.map(|old| {
            Tensor::from_data(TensorData::new(values, shape), &old.device()).require_grad()
        })
    }
}

impl Network {
    /// The same network with weights as large as trained ones, drawn from `seed`: Kaiming-uniform weights, scales of
    /// normalisations and layers about 1, shifts about 2, small biases.
    ///
    /// With initial weights two correct devices can differ: deep maps may be so nearly constant that rounding decides which
    /// nodes of a graph are neighbours, and some inputs of a ReLU are so near to 0 that rounding decides whether their gradient
    /// passes. With these weights nodes differ clearly, and few values are near to 0.
    #[must_use]
    pub fn spread_weights(self, seed: u64) -> Self {
        self.map(&mut SpreadWeights {
            path: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
        })
    }
}
