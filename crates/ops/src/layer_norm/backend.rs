//! The layer as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::{cpu, formula, graphics};

/// Normalisation of the channels of each pixel, and its gradients.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait LayerNormBackend: Backend {
    /// `[b, c, h, w]`, γ `[c]`, β `[c]` → the output, and `[b, 2, h·w]`: means and 1/√(variance + ε).
    #[fusion(default)]
    fn channel_norm(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        formula::forward::<Self>(input, gamma, beta, epsilon)
    }

    /// Gradients with respect to the input, and `[2, c]`: to γ and to β. `statistics` are those of [`Self::channel_norm`].
    #[fusion(default)]
    fn channel_norm_gradients(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        formula::gradients::<Self>(input, gamma, statistics, gradient)
    }
}

impl LayerNormBackend for CubeBackend {
    fn channel_norm(
        input: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        epsilon: f64,
    ) -> (CubeTensor, CubeTensor) {
        if input.dtype() == DType::F32 {
            graphics::forward(input, gamma, beta, epsilon)
        } else {
            formula::forward::<Self>(input, gamma, beta, epsilon)
        }
    }

    fn channel_norm_gradients(
        input: CubeTensor,
        gamma: CubeTensor,
        statistics: CubeTensor,
        gradient: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        if input.dtype() == DType::F32 {
            graphics::gradients(input, gamma, statistics, gradient)
        } else {
            formula::gradients::<Self>(input, gamma, statistics, gradient)
        }
    }
}

fn sizes_of(input: &FlexTensor) -> cpu::Sizes {
    let [_, channels, rows, columns] = input.shape().dims();
    cpu::Sizes {
        channels,
        pixels: rows * columns,
    }
}

impl LayerNormBackend for Flex {
    fn channel_norm(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
    ) -> (FlexTensor, FlexTensor) {
        if input.dtype() != DType::F32 {
            return formula::forward::<Self>(input, gamma, beta, epsilon);
        }
        let [input, gamma, beta] = [input, gamma, beta].map(|tensor| tensor.to_contiguous());
        let [batch, _, rows, columns] = input.shape().dims();
        let (output, statistics) = cpu::forward(
            input.storage(),
            sizes_of(&input),
            gamma.storage(),
            beta.storage(),
            epsilon,
        );
        (
            FlexTensor::from_data(TensorData::new(output, input.shape())),
            FlexTensor::from_data(TensorData::new(statistics, [batch, 2, rows * columns])),
        )
    }

    fn channel_norm_gradients(
        input: FlexTensor,
        gamma: FlexTensor,
        statistics: FlexTensor,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        if input.dtype() != DType::F32 {
            return formula::gradients::<Self>(input, gamma, statistics, gradient);
        }
        let [input, gamma, statistics, gradient] =
            [input, gamma, statistics, gradient].map(|tensor| tensor.to_contiguous());
        let sizes = sizes_of(&input);
        let layer = cpu::Layer {
            gamma: gamma.storage(),
            statistics: statistics.storage(),
        };
        let (by_input, by_parameters) =
            cpu::gradients(input.storage(), sizes, layer, gradient.storage());
        (
            FlexTensor::from_data(TensorData::new(by_input, input.shape())),
            FlexTensor::from_data(TensorData::new(by_parameters, [2, sizes.channels])),
        )
    }
}
