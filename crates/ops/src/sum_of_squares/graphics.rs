//! The sums on GPUs: one launch for six tensors.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};

pub(crate) static SIX: Kernel =
    crate::kernel!("sum_of_squares/six", 256, ["shared/grid", "shared/total"]);

/// Numbers per workgroup; `NUMBERS` in the shader.
const NUMBERS: usize = 16_384;

/// Partial sums, in the order of the tensors.
pub(super) fn sums(tensors: [CubeTensor; 6], count: usize, squared: bool) -> CubeTensor {
    let six = tensors.map(contiguous);
    let mut settings = [0; 13];
    settings[0] = u32::from(squared);
    let mut workgroups = 0;
    for (number, tensor) in six.iter().enumerate() {
        let numbers = if number < count {
            tensor.shape().num_elements()
        } else {
            0
        };
        workgroups += numbers.div_ceil(NUMBERS);
        settings[1 + number] = numbers as u32;
        settings[7 + number] = workgroups as u32;
    }
    // Without a number the sum is that of one empty part.
    let output = empty_like(&six[0], [workgroups.max(1)], DType::F32);
    let [a, b, c, d, e, f] = &six;
    SIX.launch(workgroups.max(1), &[a, b, c, d, e, f, &output], &settings);
    output
}
