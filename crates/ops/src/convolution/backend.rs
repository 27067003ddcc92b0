//! The convolution as an operation that every backend carries out in its own way, and its gradient node.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, Flex, TensorMetadata, backend_extension};

use super::{Geometry, cpu, formula};

/// Convolution and its gradients. The default bodies are compositions of burn's own operations, which hold on
/// every device; a backend overrides what it does better.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ConvolutionBackend: Backend {
    /// `[b, c, h, w]` * `[o, c, kh, kw]` + `[o]` → `[b, o, h', w']`.
    #[fusion(default)]
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        formula::forward::<Self>(input, weight, bias, geometry)
    }

    /// Gradient by the input, whose rows and columns are `size`.
    #[fusion(default)]
    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        formula::input_gradient::<Self>(gradient, weight, geometry, size)
    }

    /// Gradient by the weight, whose kernel has the rows and columns `kernel`.
    #[fusion(default)]
    fn convolution_weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
        kernel: [usize; 2],
    ) -> FloatTensor<Self> {
        formula::weight_gradient::<Self>(input, gradient, geometry, kernel)
    }

    /// Gradient by the bias: the sum over batch, rows and columns.
    #[fusion(default)]
    fn convolution_bias_gradient(gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        formula::bias_gradient::<Self>(gradient)
    }
}

impl ConvolutionBackend for Cube {}

impl ConvolutionBackend for Flex {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if cpu::takes(&input, geometry) {
            cpu::forward(&input, &weight, &bias, geometry)
        } else {
            formula::forward::<Self>(input, weight, bias, geometry)
        }
    }

    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        if cpu::takes(&gradient, geometry) {
            cpu::input_gradient(&gradient, &weight, geometry, size)
        } else {
            formula::input_gradient::<Self>(gradient, weight, geometry, size)
        }
    }

    fn convolution_weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
        kernel: [usize; 2],
    ) -> FloatTensor<Self> {
        if cpu::takes(&gradient, geometry) {
            cpu::weight_gradient(&input, &gradient, geometry, kernel)
        } else {
            formula::weight_gradient::<Self>(input, gradient, geometry, kernel)
        }
    }
}

/// The node of one convolution in the graph of gradients.
#[derive(Debug)]
struct ConvolutionNode;

/// What a convolution keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept {
    input: NodeId,
    weight: NodeId,
    geometry: Geometry,
    size: [usize; 2],
    kernel: [usize; 2],
}

impl<B: ConvolutionBackend> Backward<B, 3> for ConvolutionNode {
    type State = Kept;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [of_input, of_weight, of_bias] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        let input = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.input);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.weight);

        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, B::convolution_bias_gradient(gradient.clone()));
        }
        if let Some(node) = of_weight {
            let value =
                B::convolution_weight_gradient(input, gradient.clone(), kept.geometry, kept.kernel);
            gradients.register::<B>(node.id, value);
        }
        if let Some(node) = of_input {
            let value = B::convolution_input_gradient(gradient, weight, kept.geometry, kept.size);
            gradients.register::<B>(node.id, value);
        }
    }
}

impl<B: ConvolutionBackend, C: CheckpointStrategy> ConvolutionBackend for Autodiff<B, C> {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [_, _, rows, columns] = input.shape().dims();
        let [_, _, kernel_rows, kernel_columns] = weight.shape().dims();
        match ConvolutionNode
            .prepare::<C>([input.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(mut prepared) => {
                let kept = Kept {
                    input: prepared.checkpoint(&input),
                    weight: prepared.checkpoint(&weight),
                    geometry,
                    size: [rows, columns],
                    kernel: [kernel_rows, kernel_columns],
                };
                let output = B::convolution(
                    input.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    geometry,
                );
                prepared.finish(kept, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::convolution(
                input.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                geometry,
            )),
        }
    }
}
