//! The step on GPUs.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::step::Step;
use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static STEP: Kernel = crate::kernel!("adamw/step", 64, ["shared/grid"]);

/// The new parameter and both new means.
pub(super) fn adamw(
    parameter: CubeTensor,
    gradient: CubeTensor,
    means: CubeTensor,
    squares: CubeTensor,
    step: Step,
) -> (CubeTensor, CubeTensor, CubeTensor) {
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
    STEP.launch(STEP.workgroups(count), &tensors, &step.settings(count));
    (next, next_means, next_squares)
}
