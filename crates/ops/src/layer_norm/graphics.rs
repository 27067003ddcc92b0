//! The layer on GPUs: one pass forward, three backward.

use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::kernel::{Kernel, contiguous, empty_like};
use crate::norm_layer::Layer;
use crate::sums::sum_of_rows;

pub(crate) static NORMALISE: Kernel =
    crate::kernel!("layer_norm/normalise", 64, ["shared/grid", "shared/layer"]);
pub(crate) static PARAMETER_GRADIENTS: Kernel = crate::kernel!(
    "layer_norm/parameter_gradients",
    64,
    ["shared/grid", "shared/layer", "shared/total"]
);
pub(crate) static INPUT_GRADIENT: Kernel = crate::kernel!(
    "layer_norm/input_gradient",
    64,
    ["shared/grid", "shared/layer"]
);

/// Workgroups of a kernel with one invocation per pixel.
fn workgroups(layer: &Layer) -> usize {
    (layer.shape[0] * layer.pixels()).div_ceil(NORMALISE.workgroup as usize)
}

/// The output, and `[b, 2, h·w]`: means and 1/√(variance + ε).
pub(super) fn forward(
    input: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    epsilon: f64,
) -> (CubeTensor, CubeTensor) {
    let [input, gamma, beta] = [input, gamma, beta].map(contiguous);
    let layer = Layer::new(&input, epsilon);
    let statistics = empty_like(&input, [layer.shape[0], 2, layer.pixels()], DType::F32);
    let output = empty_like(&input, layer.shape, DType::F32);
    if !layer.is_empty() {
        let tensors = [&input, &gamma, &beta, &output, &statistics];
        NORMALISE.launch(workgroups(&layer), &tensors, &layer.settings(false));
    }
    (output, statistics)
}

/// Gradients with respect to the input, and `[2, c]`: to γ and to β.
pub(super) fn gradients(
    input: CubeTensor,
    gamma: CubeTensor,
    statistics: CubeTensor,
    gradient: CubeTensor,
) -> (CubeTensor, CubeTensor) {
    let [input, gamma, statistics, gradient] = [input, gamma, statistics, gradient].map(contiguous);
    // The statistics already include ε.
    let layer = Layer::new(&input, 0.0);
    let (channels, parts, settings) = (layer.channels(), layer.parts(), layer.settings(false));
    let sums = empty_like(&input, [parts, 2, channels], DType::F32);
    let by_parameters = empty_like(&input, [2, channels], DType::F32);
    let by_input = empty_like(&input, layer.shape, DType::F32);
    if !layer.is_empty() {
        let tensors = [&input, &statistics, &gradient, &sums];
        PARAMETER_GRADIENTS.launch(parts * channels, &tensors, &settings);
        let tensors = [&input, &statistics, &gamma, &gradient, &by_input];
        INPUT_GRADIENT.launch(workgroups(&layer), &tensors, &settings);
    }
    sum_of_rows(&sums, &by_parameters, parts, 2 * channels);
    (by_input, by_parameters)
}
