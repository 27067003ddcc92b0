//! The functions as operations that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::function::Function;
use super::{cpu, formula};

/// An elementwise function and its gradient.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ActivationBackend: Backend {
    /// The function of every number of a tensor of any shape.
    #[fusion(default)]
    fn activation(input: FloatTensor<Self>, function: Function) -> FloatTensor<Self> {
        formula::forward::<Self>(input, function)
    }

    /// The gradient with respect to the input, from that with respect to the output.
    #[fusion(default)]
    fn activation_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        function: Function,
    ) -> FloatTensor<Self> {
        formula::gradient::<Self>(input, gradient, function)
    }
}

impl ActivationBackend for CubeBackend {}

impl ActivationBackend for Flex {
    fn activation(input: FlexTensor, function: Function) -> FlexTensor {
        if input.dtype() != DType::F32 {
            return formula::forward::<Self>(input, function);
        }
        let input = input.to_contiguous();
        let output = cpu::forward(input.storage(), function);
        FlexTensor::from_data(TensorData::new(output, input.shape()))
    }

    fn activation_gradient(
        input: FlexTensor,
        gradient: FlexTensor,
        function: Function,
    ) -> FlexTensor {
        if input.dtype() != DType::F32 {
            return formula::gradient::<Self>(input, gradient, function);
        }
        let (input, gradient) = (input.to_contiguous(), gradient.to_contiguous());
        let by_input = cpu::gradient(input.storage(), gradient.storage(), function);
        FlexTensor::from_data(TensorData::new(by_input, input.shape()))
    }
}
