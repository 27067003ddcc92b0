//! The operation as each backend implements it.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::form::{Activation, Form};
use super::running::Move;
use super::{cpu, formula, graphics, running};

/// Batch normalisation in training with the activation after it, and its gradients.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait BatchNormBackend: Backend {
    /// `[b, c, h, w]`, γ `[c]`, β `[c]` → the output, and `[2, c]`: means and variances.
    #[fusion(default)]
    fn normalise(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        formula::forward::<Self>(input, gamma, beta, form)
    }

    /// The same, and `[2, c]`: the running mean `[c]` and variance `[c]`, moved.
    #[fusion(default)]
    fn normalise_moving(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        form: Form,
        change: Move,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let (output, statistics) = Self::normalise(input, gamma, beta, form);
        let moved = running::moved::<Self>(mean, variance, statistics.clone(), change);
        (output, statistics, moved)
    }

    /// The output for given statistics `[2, c]`: means and variances.
    #[fusion(default)]
    fn normalise_by(
        input: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        form: Form,
    ) -> FloatTensor<Self> {
        formula::by_statistics::<Self>(input, statistics, gamma, beta, form)
    }

    /// Gradients with respect to the input, and `[2, c]`: to γ and to β. The output is needed only if a ReLU follows.
    #[fusion(default)]
    fn normalise_gradients(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        output: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        form: Form,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let _ = beta;
        formula::gradients::<Self>(input, gamma, output, statistics, form, gradient)
    }

    /// The same if the output was not kept.
    #[fusion(default)]
    fn normalise_gradients_recomputing(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        form: Form,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let output = match form.activation {
            Activation::None => input.clone(),
            Activation::Relu => Self::normalise_by(
                input.clone(),
                statistics.clone(),
                gamma.clone(),
                beta.clone(),
                form,
            ),
        };
        Self::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
    }
}

impl BatchNormBackend for CubeBackend {
    fn normalise_moving(
        input: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        mean: CubeTensor,
        variance: CubeTensor,
        form: Form,
        change: Move,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        if input.dtype() == DType::F32 {
            return graphics::forward_moving(input, gamma, beta, [mean, variance], form, change);
        }
        let (output, statistics) = formula::forward::<Self>(input, gamma, beta, form);
        let moved = running::moved::<Self>(mean, variance, statistics.clone(), change);
        (output, statistics, moved)
    }

    fn normalise_by(
        input: CubeTensor,
        statistics: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        form: Form,
    ) -> CubeTensor {
        if input.dtype() == DType::F32 {
            graphics::by_statistics(input, statistics, gamma, beta, form)
        } else {
            formula::by_statistics::<Self>(input, statistics, gamma, beta, form)
        }
    }

    fn normalise(
        input: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        form: Form,
    ) -> (CubeTensor, CubeTensor) {
        if input.dtype() == DType::F32 {
            graphics::forward(input, gamma, beta, form)
        } else {
            formula::forward::<Self>(input, gamma, beta, form)
        }
    }

    fn normalise_gradients(
        input: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        output: CubeTensor,
        statistics: CubeTensor,
        form: Form,
        gradient: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        let _ = beta;
        if input.dtype() == DType::F32 {
            graphics::gradients(input, gamma, output, statistics, form, gradient)
        } else {
            formula::gradients::<Self>(input, gamma, output, statistics, form, gradient)
        }
    }
}

impl BatchNormBackend for Flex {
    fn normalise_by(
        input: FlexTensor,
        statistics: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        form: Form,
    ) -> FlexTensor {
        if input.dtype() != DType::F32 {
            return formula::by_statistics::<Self>(input, statistics, gamma, beta, form);
        }
        let [input, statistics, gamma, beta] =
            [input, statistics, gamma, beta].map(|tensor| tensor.to_contiguous());
        let [_, _, rows, columns] = input.shape().dims::<4>();
        let layer = cpu::Layer {
            gamma: gamma.storage(),
            beta: beta.storage(),
            statistics: statistics.storage(),
            form,
        };
        let output = cpu::by_statistics(input.storage(), rows * columns, layer);
        FlexTensor::from_data(TensorData::new(output, input.shape()))
    }

    fn normalise(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        form: Form,
    ) -> (FlexTensor, FlexTensor) {
        if input.dtype() != DType::F32 {
            return formula::forward::<Self>(input, gamma, beta, form);
        }
        let [input, gamma, beta] = [input, gamma, beta].map(|tensor| tensor.to_contiguous());
        let [_, channels, rows, columns] = input.shape().dims();
        let (output, statistics) = cpu::forward(
            input.storage(),
            rows * columns,
            gamma.storage(),
            beta.storage(),
            form,
        );
        (
            FlexTensor::from_data(TensorData::new(output, input.shape())),
            FlexTensor::from_data(TensorData::new(statistics, [2, channels])),
        )
    }

    fn normalise_gradients(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        output: FlexTensor,
        statistics: FlexTensor,
        form: Form,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        if input.dtype() != DType::F32 {
            return formula::gradients::<Self>(input, gamma, output, statistics, form, gradient);
        }
        let [input, gamma, beta, statistics, gradient] =
            [input, gamma, beta, statistics, gradient].map(|tensor| tensor.to_contiguous());
        let [_, channels, rows, columns] = input.shape().dims();
        let layer = cpu::Layer {
            gamma: gamma.storage(),
            beta: beta.storage(),
            statistics: statistics.storage(),
            form,
        };
        let (by_input, by_parameters) =
            cpu::gradients(input.storage(), rows * columns, layer, gradient.storage());
        (
            FlexTensor::from_data(TensorData::new(by_input, input.shape())),
            FlexTensor::from_data(TensorData::new(by_parameters, [2, channels])),
        )
    }

    fn normalise_gradients_recomputing(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: FlexTensor,
        form: Form,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let output = if input.dtype() == DType::F32 {
            // Where the ReLU cut follows from the input; the output is not read.
            input.clone()
        } else {
            formula::forward::<Self>(input.clone(), gamma.clone(), beta.clone(), form).0
        };
        Self::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
    }
}
