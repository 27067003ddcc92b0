//! Adds up partial sums of several workgroups.

use burn::backend::wgpu::CubeTensor;

use crate::kernel::Kernel;

pub(crate) static ROWS: Kernel = crate::kernel!("sums/rows", 64, ["shared/grid"]);

/// Writes to `output` the sum of `rows` rows of `count` numbers, in their order.
pub(crate) fn sum_of_rows(parts: &CubeTensor, output: &CubeTensor, rows: usize, count: usize) {
    ROWS.launch(
        ROWS.workgroups(count),
        &[parts, output],
        &[count as u32, rows as u32],
    );
}
