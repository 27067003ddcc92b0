//! The step as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::DType;

use super::step::Step;
use super::{cpu, formula, graphics};

/// One step of one parameter.
#[backend_extension(Cube, Flex, Fusion: cfg(feature = "fusion"))]
pub(crate) trait AdamWBackend: Backend {
    /// Parameter, gradient, running means of gradients and of squared gradients → the new parameter and both new means.
    #[fusion(default)]
    fn adamw(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        means: FloatTensor<Self>,
        squares: FloatTensor<Self>,
        step: Step,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        formula::adamw::<Self>(parameter, gradient, means, squares, step)
    }
}

impl AdamWBackend for Flex {
    fn adamw(
        parameter: FlexTensor,
        gradient: FlexTensor,
        means: FlexTensor,
        squares: FlexTensor,
        step: Step,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let shape = parameter.shape();
        let fits = |tensor: &FlexTensor| tensor.dtype() == DType::F32 && tensor.shape() == shape;
        if ![&parameter, &gradient, &means, &squares]
            .into_iter()
            .all(fits)
        {
            return formula::adamw::<Self>(parameter, gradient, means, squares, step);
        }
        let gradient = gradient.to_contiguous();
        let [mut parameter, mut means, mut squares] = [parameter, means, squares].map(contiguous);
        let numbers = [&mut parameter, &mut means, &mut squares].map(FlexTensor::storage_mut);
        cpu::adamw(numbers, gradient.storage(), step);
        (parameter, means, squares)
    }
}

/// The tensor, copied unless it is contiguous and fills its memory.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    let whole = tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if whole && tensor.is_contiguous() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

impl AdamWBackend for CubeBackend {
    fn adamw(
        parameter: CubeTensor,
        gradient: CubeTensor,
        means: CubeTensor,
        squares: CubeTensor,
        step: Step,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        if parameter.dtype() == DType::F32 {
            graphics::adamw(parameter, gradient, means, squares, step)
        } else {
            formula::adamw::<Self>(parameter, gradient, means, squares, step)
        }
    }
}
