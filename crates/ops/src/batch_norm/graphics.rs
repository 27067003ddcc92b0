//! The layer on graphics adapters: three passes forward, three backward.

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::kernels;
use crate::kernel::{contiguous, empty_like};
use crate::sums::sum_of_rows;

/// Pixels of a workgroup; `CHUNK` of the shaders.
const CHUNK: usize = 4096;

/// Sizes of a layer's maps, and how they are cut.
struct Layer {
    shape: [usize; 4],
    chunks: usize,
    epsilon: f64,
}

impl Layer {
    fn new(input: &CubeTensor, epsilon: f64) -> Self {
        let shape: [usize; 4] = input.shape().dims();
        Self {
            shape,
            chunks: (shape[2] * shape[3]).div_ceil(CHUNK),
            epsilon,
        }
    }

    fn channels(&self) -> usize {
        self.shape[1]
    }

    /// Parts of each channel.
    fn parts(&self) -> usize {
        self.shape[0] * self.chunks
    }

    /// The settings: `Layer` in `shaders/shared/layer.wgsl`.
    fn words(&self) -> [u32; 5] {
        let [batch, channels, rows, columns] = self.shape;
        let [batch, channels, pixels, chunks] =
            [batch, channels, rows * columns, self.chunks].map(|number| number as u32);
        let epsilon = (self.epsilon as f32).to_bits();
        [batch, channels, pixels, chunks, epsilon]
    }
}

/// The output, and `[2, c]`: means and variances.
pub(super) fn forward(
    input: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    epsilon: f64,
) -> (CubeTensor, CubeTensor) {
    let [input, gamma, beta] = [input, gamma, beta].map(contiguous);
    let layer = Layer::new(&input, epsilon);
    let (channels, parts, words) = (layer.channels(), layer.parts(), layer.words());
    let moments = empty_like(&input, [parts, channels, 2], DType::F32);
    let statistics = empty_like(&input, [2, channels], DType::F32);
    let output = empty_like(&input, layer.shape, DType::F32);
    kernels::MOMENTS.launch(parts * channels, &[&input, &moments], &words);
    let workgroups = channels.div_ceil(kernels::STATISTICS.workgroup as usize);
    kernels::STATISTICS.launch(workgroups, &[&moments, &statistics], &words);
    let tensors = [&input, &statistics, &gamma, &beta, &output];
    kernels::NORMALISE.launch(parts * channels, &tensors, &words);
    (output, statistics)
}

/// Gradients by the input, and `[2, c]`: by γ and by β.
pub(super) fn gradients(
    input: CubeTensor,
    gamma: CubeTensor,
    output: CubeTensor,
    statistics: CubeTensor,
    epsilon: f64,
    gradient: CubeTensor,
) -> (CubeTensor, CubeTensor) {
    let [input, gamma, output, statistics, gradient] =
        [input, gamma, output, statistics, gradient].map(contiguous);
    let layer = Layer::new(&input, epsilon);
    let (channels, parts, words) = (layer.channels(), layer.parts(), layer.words());
    let sums = empty_like(&input, [parts, 2, channels], DType::F32);
    let by_parameters = empty_like(&input, [2, channels], DType::F32);
    let by_input = empty_like(&input, layer.shape, DType::F32);
    let tensors = [&input, &output, &statistics, &gradient, &sums];
    kernels::PARAMETER_GRADIENTS.launch(parts * channels, &tensors, &words);
    sum_of_rows(&sums, &by_parameters, parts, 2 * channels);
    let tensors = [
        &input,
        &output,
        &statistics,
        &by_parameters,
        &gamma,
        &gradient,
        &by_input,
    ];
    kernels::INPUT_GRADIENT.launch(parts * channels, &tensors, &words);
    (by_input, by_parameters)
}
