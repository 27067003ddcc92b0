//! The operation as every backend carries it out in its own way, and its gradient node.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::{Activation, Form, cpu, formula, graphics};
use crate::autodiff::{Anew, recomputes};
use crate::norm_layer;

/// Batch normalisation in training with what lies behind it, and its gradients.
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

    /// The output by statistics `[2, c]` that are given: means and variances.
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

    /// Gradients by the input, and `[2, c]`: by γ and by β. The output is looked at where a ReLU lies behind.
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

    /// The same where the output was not kept.
    #[fusion(default)]
    fn normalise_gradients_anew(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        form: Form,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let output = match form.activation {
            Activation::None => input.clone(),
            Activation::Relu => Self::normalise(input.clone(), gamma.clone(), beta.clone(), form).0,
        };
        Self::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
    }
}

impl BatchNormBackend for CubeBackend {
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

    fn normalise_gradients_anew(
        input: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        statistics: FlexTensor,
        form: Form,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let output = if input.dtype() == DType::F32 {
            // Where the ReLU is closed follows from the input; the output is not looked at.
            input.clone()
        } else {
            formula::forward::<Self>(input.clone(), gamma.clone(), beta.clone(), form).0
        };
        Self::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
    }
}

/// The node of one layer in the graph of gradients.
#[derive(Debug)]
struct BatchNormNode;

/// What a layer keeps for its gradients. The output of a ReLU is the next layer's input, which keeps it anyway; where the
/// device recomputes, neither does.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    input: NodeId,
    gamma: NodeId,
    beta: NodeId,
    output: Option<FloatTensor<B>>,
    statistics: FloatTensor<B>,
    form: Form,
}

impl<B: BatchNormBackend> Backward<B, 3> for BatchNormNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let parents = ops.parents.map(|node| node.map(|node| node.id));
        let gradient = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        let mut retrieve = |node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node);
        let (input, gamma, beta) = (
            retrieve(kept.input),
            retrieve(kept.gamma),
            retrieve(kept.beta),
        );
        let (statistics, form) = (kept.statistics, kept.form);
        let (by_input, by_parameters) = match kept.output {
            Some(output) => {
                B::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
            }
            None => B::normalise_gradients_anew(input, gamma, beta, statistics, form, gradient),
        };
        norm_layer::register::<B>(parents, by_input, &by_parameters, gradients);
    }
}

impl<B: BatchNormBackend, C: CheckpointStrategy> BatchNormBackend for Autodiff<B, C> {
    fn normalise(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = BatchNormNode
            .prepare::<C>([input.node(), gamma.node(), beta.node()])
            .memory_bound()
            .retro_forward(Anew::<B, _, 3>::new(
                [&input, &gamma, &beta].map(|tensor| tensor.node().id()),
                move |[input, gamma, beta]| B::normalise(input, gamma, beta, form).0,
            ))
            .parents([&input, &gamma, &beta])
            .stateful();
        let keeps_output = form.activation == Activation::Relu && !recomputes::<C>();
        let (output, statistics) = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let [of_input, of_gamma, of_beta] =
                    [&input, &gamma, &beta].map(|tensor| prepared.checkpoint(tensor));
                let (output, statistics) = B::normalise(
                    input.into_primitive(),
                    gamma.into_primitive(),
                    beta.into_primitive(),
                    form,
                );
                let kept = Kept {
                    input: of_input,
                    gamma: of_gamma,
                    beta: of_beta,
                    output: keeps_output.then(|| output.clone()),
                    statistics: statistics.clone(),
                    form,
                };
                (prepared.finish(kept, output), statistics)
            }
            OpsKind::UnTracked(prepared) => {
                let (output, statistics) = B::normalise(
                    input.into_primitive(),
                    gamma.into_primitive(),
                    beta.into_primitive(),
                    form,
                );
                (prepared.finish(output), statistics)
            }
        };
        (output, Self::from_inner(statistics))
    }

    fn normalise_gradients(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        output: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        form: Form,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        // A gradient has none itself.
        let (by_input, by_parameters) = B::normalise_gradients(
            Self::inner(input),
            Self::inner(gamma),
            Self::inner(beta),
            Self::inner(output),
            Self::inner(statistics),
            form,
            Self::inner(gradient),
        );
        (Self::from_inner(by_input), Self::from_inner(by_parameters))
    }
}
