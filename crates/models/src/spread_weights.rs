//! Weights that tell everything apart, for comparing devices by a network that nobody has trained.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::networks::Network;

/// Shift of every normalisation, in deviations of what it normalises: one value in 44 lies further below the mean.
const OPEN: f32 = 2.0;

/// Draws a network's trained tensors anew.
struct Stir {
    path: Vec<String>,
    random: ChaCha8Rng,
}

impl ModuleMapper for Stir {
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
        let (middle, reach) = match (D, name) {
            (1, "gamma") => (1.0, 0.1),
            (1, "beta") => (OPEN, 0.05),
            (1, _) => (0.0, 0.05),
            _ => (0.0, (6.0 / fan_in as f32).sqrt()),
        };
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| middle + reach * self.random.random_range(-1.0..1.0))
            .collect();
        parameter.map(|old| {
            Tensor::from_data(TensorData::new(values, shape), &old.device()).require_grad()
        })
    }
}

impl Network {
    /// The same network with weights of a trained one's size, drawn from `seed`: Kaiming-uniform, scales of normalisations and
    /// layers about 1, shifts about 2, biases small.
    ///
    /// By initial weights, two devices can differ though both are right. Deep maps may be so nearly the same everywhere that
    /// rounding decides what is whose neighbour in a graph; and of the many values that a ReLU gets, some lie so near to 0
    /// that rounding decides whether their gradient passes. By these weights nodes differ, and few values are cut.
    #[must_use]
    pub fn stirred(self, seed: u64) -> Self {
        self.map(&mut Stir {
            path: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
        })
    }
}
