//! The layer on GPUs: three passes forward, three backward.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::form::{Activation, Form};
use super::running::Move;
use crate::kernel::{Kernel, contiguous, empty_like};
use crate::norm_layer::Layer;
use crate::sums::sum_of_rows;

pub(crate) static MOMENTS: Kernel = crate::kernel!(
    "batch_norm/moments",
    64,
    ["shared/grid", "shared/layer", "shared/total"]
);
pub(crate) static STATISTICS: Kernel = crate::kernel!(
    "batch_norm/statistics",
    64,
    ["shared/grid", "shared/layer", "batch_norm/shared/merged"]
);
/// The same, with the running statistics.
pub(crate) static RUNNING: Kernel = crate::kernel!(
    "batch_norm/running",
    64,
    ["shared/grid", "shared/layer", "batch_norm/shared/merged"]
);
pub(crate) static NORMALISE: Kernel =
    crate::kernel!("batch_norm/normalise", 64, ["shared/grid", "shared/layer"]);
pub(crate) static PARAMETER_GRADIENTS: Kernel = crate::kernel!(
    "batch_norm/parameter_gradients",
    64,
    ["shared/grid", "shared/layer", "shared/total"]
);
pub(crate) static INPUT_GRADIENT: Kernel = crate::kernel!(
    "batch_norm/input_gradient",
    64,
    ["shared/grid", "shared/layer"]
);

/// The output, and `[2, c]`: means and variances.
pub(super) fn forward(
    input: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    form: Form,
) -> (CubeTensor, CubeTensor) {
    normalised(input, gamma, beta, form, |layer, moments, statistics| {
        let relu = form.activation == Activation::Relu;
        let workgroups = STATISTICS.workgroups(layer.channels());
        STATISTICS.launch(workgroups, &[moments, statistics], &layer.settings(relu));
    })
}

/// The same, and `[2, c]`: the running mean and variance, moved.
pub(super) fn forward_moving(
    input: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    running: [CubeTensor; 2],
    form: Form,
    change: Move,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [_, channels, ..] = input.shape().dims::<4>();
    let [mean, variance] = running.map(contiguous);
    let moved = empty_like(&input, [2, channels], DType::F32);
    let (output, statistics) =
        normalised(input, gamma, beta, form, |layer, moments, statistics| {
            let settings = layer.settings(form.activation == Activation::Relu);
            RUNNING.launch(
                RUNNING.workgroups(channels),
                &[moments, &mean, &variance, statistics, &moved],
                &[&settings[..], &change.settings()].concat(),
            );
        });
    (output, statistics, moved)
}

/// The output, and the statistics that `merge` computes from the moments of the parts.
fn normalised(
    input: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    form: Form,
    merge: impl FnOnce(&Layer, &CubeTensor, &CubeTensor),
) -> (CubeTensor, CubeTensor) {
    let [input, gamma, beta] = [input, gamma, beta].map(contiguous);
    let layer = Layer::new(&input, form.epsilon);
    let (channels, parts) = (layer.channels(), layer.parts());
    let settings = layer.settings(form.activation == Activation::Relu);
    let moments = empty_like(&input, [parts, channels, 2], DType::F32);
    let statistics = empty_like(&input, [2, channels], DType::F32);
    let output = empty_like(&input, layer.shape, DType::F32);
    MOMENTS.launch(parts * channels, &[&input, &moments], &settings);
    merge(&layer, &moments, &statistics);
    let tensors = [&input, &statistics, &gamma, &beta, &output];
    NORMALISE.launch(parts * channels, &tensors, &settings);
    (output, statistics)
}

/// The output for given statistics `[2, c]`.
pub(super) fn by_statistics(
    input: CubeTensor,
    statistics: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    form: Form,
) -> CubeTensor {
    let [input, statistics, gamma, beta] = [input, statistics, gamma, beta].map(contiguous);
    let layer = Layer::new(&input, form.epsilon);
    let output = empty_like(&input, layer.shape, DType::F32);
    let settings = layer.settings(form.activation == Activation::Relu);
    let tensors = [&input, &statistics, &gamma, &beta, &output];
    NORMALISE.launch(layer.parts() * layer.channels(), &tensors, &settings);
    output
}

/// Gradients with respect to the input, and `[2, c]`: to γ and to β.
pub(super) fn gradients(
    input: CubeTensor,
    gamma: CubeTensor,
    output: CubeTensor,
    statistics: CubeTensor,
    form: Form,
    gradient: CubeTensor,
) -> (CubeTensor, CubeTensor) {
    let output = match form.activation {
        // Not read; a placeholder, because no tensor may be bound twice.
        Activation::None => empty_like(&input, [1], DType::F32),
        Activation::Relu => output,
    };
    let [input, gamma, output, statistics, gradient] =
        [input, gamma, output, statistics, gradient].map(contiguous);
    let layer = Layer::new(&input, form.epsilon);
    let (channels, parts, settings) = (
        layer.channels(),
        layer.parts(),
        layer.settings(form.activation == Activation::Relu),
    );
    let by_parameters = empty_like(&input, [2, channels], DType::F32);
    // One part is the whole sum.
    let sums = match parts {
        1 => by_parameters.clone(),
        _ => empty_like(&input, [parts, 2, channels], DType::F32),
    };
    let by_input = empty_like(&input, layer.shape, DType::F32);
    let tensors = [&input, &output, &statistics, &gradient, &sums];
    PARAMETER_GRADIENTS.launch(parts * channels, &tensors, &settings);
    if parts > 1 {
        sum_of_rows(&sums, &by_parameters, parts, 2 * channels);
    }
    let tensors = [
        &input,
        &output,
        &statistics,
        &by_parameters,
        &gamma,
        &gradient,
        &by_input,
    ];
    INPUT_GRADIENT.launch(parts * channels, &tensors, &settings);
    (by_input, by_parameters)
}
