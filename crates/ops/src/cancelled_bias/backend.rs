//! The operation, and its zeros on each backend.

use std::sync::{Mutex, PoisonError};

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::Shape;

/// A weight, and the zeros that are the gradient of its bias.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait CancelledBiasBackend: Backend {
    /// The weight.
    #[fusion(default)]
    fn with_cancelled_bias(
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let _ = bias;
        weight
    }

    /// As many zeros as `weight` `[o, …]` has outputs.
    #[fusion(default)]
    fn zeros_of_outputs(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        zeros::<Self>(&weight)
    }
}

impl CancelledBiasBackend for Flex {}

/// Zeros that were made before: nobody can change them in place while they are here.
static ZEROS: Mutex<Vec<CubeTensor>> = Mutex::new(Vec::new());

impl CancelledBiasBackend for CubeBackend {
    fn zeros_of_outputs(weight: CubeTensor) -> CubeTensor {
        let [outputs, ..] = weight.shape().dims::<4>();
        let (device, dtype) = (weight.device(), weight.dtype());
        let mut made = ZEROS.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |zeros: &&CubeTensor| {
            zeros.device() == device && zeros.dtype() == dtype && zeros.shape()[0] == outputs
        };
        if let Some(zeros) = made.iter().find(fits) {
            return zeros.clone();
        }
        let zeros = zeros::<Self>(&weight);
        made.push(zeros.clone());
        zeros
    }
}

fn zeros<B: Backend>(weight: &FloatTensor<B>) -> FloatTensor<B> {
    let [outputs, ..] = weight.shape().dims::<4>();
    B::float_zeros(
        Shape::new([outputs]),
        &weight.device(),
        weight.dtype().into(),
    )
}
