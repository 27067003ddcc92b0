//! The step as an operation that every backend carries out in its own way.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::DType;

use super::{cpu, formula, kernels};
use crate::kernel::{contiguous, empty_like};

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// What is kept of the running means of gradients and of their squares.
    pub(super) betas: [f32; 2],
    /// 1 − what their start from 0 still weighs.
    pub(super) shares: [f32; 2],
    pub(super) epsilon: f32,
    /// Share of the parameter that decays.
    pub(super) decay: f64,
    pub(super) rate: f64,
}

impl Step {
    /// The settings: `Step` in `shaders/adamw/step.wgsl`.
    fn words(self, count: usize) -> [u32; 10] {
        let [mean, square] = self.betas;
        let numbers = [
            mean,
            1.0 - mean,
            square,
            1.0 - square,
            self.shares[0],
            self.shares[1],
            self.epsilon,
            (1.0 - self.decay) as f32,
            self.rate as f32,
        ];
        let mut words = [count as u32; 10];
        for (word, number) in words[1..].iter_mut().zip(numbers) {
            *word = number.to_bits();
        }
        words
    }
}

/// One step for one parameter.
#[backend_extension(Cube, Flex, Fusion: cfg(feature = "fusion"))]
pub(crate) trait AdamWBackend: Backend {
    /// Parameter, gradient, running means of gradients and of their squares → the parameter and both means afterwards.
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
        let [mut parameter, mut means, mut squares] = [parameter, means, squares].map(own);
        let numbers = [&mut parameter, &mut means, &mut squares].map(FlexTensor::storage_mut);
        cpu::adamw(numbers, gradient.storage(), step);
        (parameter, means, squares)
    }
}

/// The tensor as it lies in a memory of its own size: a copy where it doesn't.
fn own(tensor: FlexTensor) -> FlexTensor {
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
        if parameter.dtype() != DType::F32 {
            return formula::adamw::<Self>(parameter, gradient, means, squares, step);
        }
        let [parameter, gradient, means, squares] =
            [parameter, gradient, means, squares].map(contiguous);
        let shape = parameter.shape();
        let count = shape.num_elements();
        let [next, next_means, next_squares] =
            [(); 3].map(|()| empty_like(&parameter, shape.clone(), DType::F32));
        let tensors = [
            &parameter,
            &gradient,
            &means,
            &squares,
            &next,
            &next_means,
            &next_squares,
        ];
        let kernel = &kernels::STEP;
        kernel.launch(
            count.div_ceil(kernel.workgroup as usize),
            &tensors,
            &step.words(count),
        );
        (next, next_means, next_squares)
    }
}
