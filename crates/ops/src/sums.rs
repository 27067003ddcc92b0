//! The sum of what several workgroups have summed in parts.

use burn::backend::wgpu::CubeTensor;

use crate::kernel::Kernel;

pub(crate) static ROWS: Kernel = Kernel {
    name: "sums/rows",
    sources: &[
        include_str!("../../../shaders/sums/rows.wgsl"),
        include_str!("../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 64,
};

/// Writes to `output` the sum of `rows` rows of `count` numbers, in their order.
pub(crate) fn sum_of_rows(parts: &CubeTensor, output: &CubeTensor, rows: usize, count: usize) {
    ROWS.launch(
        count.div_ceil(ROWS.workgroup as usize),
        &[parts, output],
        &[count as u32, rows as u32],
    );
}
