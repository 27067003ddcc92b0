//! 3 × 3 convolutions with stride 1 on GPUs by Winograd's minimal filtering F(4 × 4, 3 × 3): a quarter of the products.
//!
//! The algorithm and its interpolation points are those of the CPU (`convolution/cpu/winograd.rs`), in passes of their own:
//! transform the kernels; then, slice by slice of the tiles, transform the pixels under each tile, sum up products at each of the
//! 36 places, and transform the sums to pixels. Between the passes, the transformed maps of a slice are in memory. The gradient
//! with respect to the input is the same convolution with the kernels rotated by 180°. Pixels count as neighbours if they are as far
//! apart as the taps.
//!
//! A pixel that is not finite reaches all outputs of the tiles that it lies under, as on the CPU.

pub(crate) mod slices;

use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use self::slices::Slices;
use super::gather::Gather;
use super::kernels::{WINOGRAD_INPUT, WINOGRAD_OUTPUT, WINOGRAD_PRODUCTS, WINOGRAD_WEIGHTS};
use crate::kernel::empty_like;

/// Writes the convolution of `input` with `weight` `[o, c, 3, 3]` to `output`; if `rotated`, the weight is `[c, o, 3, 3]` and its
/// kernels are rotated by 180°.
pub(super) fn convolve(
    [input, weight, output]: [&CubeTensor; 3],
    bias: Option<&CubeTensor>,
    gather: &Gather,
    slices: &Slices,
    rotated: bool,
) {
    let sizes = slices.numbers();
    let [kernels, seen, sums] = sizes.map(|count| empty_like(input, [count], DType::F32));
    let settings = [
        gather.channels,
        gather.outputs,
        slices.depth,
        slices.width,
        usize::from(rotated),
    ];
    WINOGRAD_WEIGHTS.launch(
        WINOGRAD_WEIGHTS.workgroups(slices.depth * slices.width),
        &[weight, &kernels],
        &settings.map(|number| number as u32),
    );
    for first in (0..slices.tiles).step_by(slices.line) {
        let count = slices.line.min(slices.tiles - first);
        let settings = gather.tile_settings(bias.is_some(), [first, count, slices.line]);
        WINOGRAD_INPUT.launch(
            WINOGRAD_INPUT.workgroups(slices.depth * slices.line),
            &[input, &seen],
            &settings,
        );
        WINOGRAD_PRODUCTS.launch(slices.workgroups(), &[&seen, &kernels, &sums], &settings);
        // A binding needs a buffer even if there is no bias.
        WINOGRAD_OUTPUT.launch(
            WINOGRAD_OUTPUT.workgroups(gather.outputs * slices.line),
            &[&sums, bias.unwrap_or(&kernels), output],
            &settings,
        );
    }
}
