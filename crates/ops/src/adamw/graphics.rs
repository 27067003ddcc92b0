//! The step on GPUs.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;

use super::step::Step;
use crate::kernel::{Kernel, contiguous};

pub(crate) static STEP: Kernel = crate::kernel!("adamw/step", 64, ["shared/grid"]);

/// The new parameter and both new means, in the memory of the old ones unless somebody else refers to it.
pub(super) fn adamw(
    parameter: CubeTensor,
    gradient: CubeTensor,
    means: CubeTensor,
    squares: CubeTensor,
    step: Step,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let gradient = contiguous(gradient);
    let [parameter, means, squares] = [parameter, means, squares].map(changeable);
    let count = parameter.shape().num_elements();
    STEP.launch(
        STEP.workgroups(count),
        &[&parameter, &gradient, &means, &squares],
        &step.settings(count),
    );
    (parameter, means, squares)
}

/// The tensor, copied unless it is contiguous and nobody else refers to its memory.
fn changeable(tensor: CubeTensor) -> CubeTensor {
    let tensor = contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        tensor.copy()
    }
}
