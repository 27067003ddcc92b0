//! Initial weights, drawn on the host so that the same seed gives the same network on every device.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::layers::operations::Operations;

/// Supplies new layers with initial weights, a device and operations.
pub(crate) struct Builder<'a> {
    pub(crate) device: &'a Device,
    pub(crate) random: ChaCha8Rng,
    /// Which operations the layers use.
    pub(crate) operations: Operations,
}

impl Builder<'_> {
    /// A normally distributed parameter.
    pub(crate) fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        mean: f32,
        deviation: f32,
    ) -> Param<Tensor<D>> {
        let normal = Normal::new(mean, deviation).expect("a positive, finite deviation");
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| normal.sample(&mut self.random))
            .collect();
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    /// A parameter distributed uniformly within ±1/√fan-in, PyTorch's default.
    pub(crate) fn uniform<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan_in: usize,
    ) -> Param<Tensor<D>> {
        self.uniform_within(shape, 1.0 / (fan_in as f32).sqrt())
    }

    /// A parameter distributed uniformly within ±`bound`.
    pub(crate) fn uniform_within<const D: usize>(
        &mut self,
        shape: [usize; D],
        bound: f32,
    ) -> Param<Tensor<D>> {
        let uniform = Uniform::new_inclusive(-bound, bound).expect("finite bounds in order");
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| uniform.sample(&mut self.random))
            .collect();
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    pub(crate) fn zeros(&self, size: usize) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::zeros([size], self.device))
    }
}
