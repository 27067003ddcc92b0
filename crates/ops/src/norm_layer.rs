//! What batch and layer normalisation share: the settings of their kernels, and registering their three gradients.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use crate::kernel::CHUNK;

/// Sizes of a layer's maps, and into how many parts they are cut.
pub(crate) struct Layer {
    pub(crate) shape: [usize; 4],
    chunks: usize,
    epsilon: f64,
}

impl Layer {
    pub(crate) fn new(input: &CubeTensor, epsilon: f64) -> Self {
        let shape: [usize; 4] = input.shape().dims();
        Self {
            shape,
            chunks: (shape[2] * shape[3]).div_ceil(CHUNK),
            epsilon,
        }
    }

    pub(crate) fn channels(&self) -> usize {
        self.shape[1]
    }

    /// Pixels per image.
    pub(crate) fn pixels(&self) -> usize {
        self.shape[2] * self.shape[3]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Parts per channel.
    pub(crate) fn parts(&self) -> usize {
        self.shape[0] * self.chunks
    }

    /// The settings `Layer` in `shaders/shared/layer.wgsl`, with or without a ReLU after the layer.
    pub(crate) fn settings(&self, relu: bool) -> [u32; 6] {
        let [batch, channels, _, _] = self.shape;
        let [batch, channels, pixels, chunks] =
            [batch, channels, self.pixels(), self.chunks].map(|number| number as u32);
        let epsilon = (self.epsilon as f32).to_bits();
        [batch, channels, pixels, chunks, epsilon, relu.into()]
    }
}

/// Registers the gradients of those of input, γ and β that are tracked. `by_parameters` `[2, c]` contains the gradients with
/// respect to γ and to β.
pub(crate) fn register<B: Backend>(
    [of_input, of_gamma, of_beta]: [Option<NodeId>; 3],
    by_input: FloatTensor<B>,
    by_parameters: &FloatTensor<B>,
    gradients: &mut Gradients,
) {
    let [_, channels] = by_parameters.shape().dims();
    let row = |number: usize| {
        let slices = [Slice::from(number..number + 1), Slice::from(0..channels)];
        let row = B::float_slice(by_parameters.clone(), &slices);
        B::float_reshape(row, Shape::new([channels]))
    };
    if let Some(node) = of_gamma {
        gradients.register::<B>(node, row(0));
    }
    if let Some(node) = of_beta {
        gradients.register::<B>(node, row(1));
    }
    if let Some(node) = of_input {
        gradients.register::<B>(node, by_input);
    }
}
