//! The nodes of convolutions in the graph of gradients.

use burn::backend::TensorMetadata;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

use super::backend::ConvolutionBackend;
use super::geometry::Geometry;
use super::graphics::half::of_one_gradient;
use crate::autodiff::{Cost, Track};
use crate::precision::{Precision, with_precision};

/// The node of a convolution.
#[derive(Debug)]
struct ConvolutionNode;

/// What a convolution or transposed convolution keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept {
    input: NodeId,
    weight: NodeId,
    geometry: Geometry,
}

/// Rows and columns of a map or of a kernel.
fn size_of(tensor: &impl TensorMetadata) -> [usize; 2] {
    let [_, _, rows, columns] = tensor.shape().dims();
    [rows, columns]
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
        let (size, kernel) = (size_of(&input), size_of(&weight));

        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, B::convolution_bias_gradient(gradient.clone()));
        }
        of_one_gradient(|| {
            if let Some(node) = of_weight {
                let value =
                    B::convolution_weight_gradient(input, gradient.clone(), kept.geometry, kernel);
                gradients.register::<B>(node.id, value);
            }
            if let Some(node) = of_input {
                let value = B::convolution_input_gradient(gradient, weight, kept.geometry, size);
                gradients.register::<B>(node.id, value);
            }
        });
    }
}

impl<B: ConvolutionBackend, C: CheckpointStrategy> ConvolutionBackend for Autodiff<B, C> {
    fn convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let forward = move |[input, weight, bias]: [FloatTensor<B>; 3]| {
            (B::convolution(input, weight, bias, geometry), ())
        };
        let (output, ()) = Self::tracked(
            ConvolutionNode,
            Cost::Compute,
            [input, weight, bias],
            [0, 1],
            forward,
            |[input, weight], _, ()| Kept {
                input,
                weight,
                geometry,
            },
        );
        output
    }

    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
        size: [usize; 2],
    ) -> FloatTensor<Self> {
        let forward = move |[input, weight, bias]: [FloatTensor<B>; 3]| {
            (
                B::transposed_convolution(input, weight, bias, geometry, size),
                (),
            )
        };
        let (output, ()) = Self::tracked(
            TransposedNode,
            Cost::Compute,
            [input, weight, bias],
            [0, 1],
            forward,
            |[input, weight], _, ()| Kept {
                input,
                weight,
                geometry,
            },
        );
        output
    }
}

/// The node of a transposed convolution.
#[derive(Debug)]
struct TransposedNode;

impl<B: ConvolutionBackend> Backward<B, 3> for TransposedNode {
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
        let kernel = size_of(&weight);

        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, B::convolution_bias_gradient(gradient.clone()));
        }
        if let Some(node) = of_weight {
            // With the roles swapped: the convolution would read the output's gradient and write the input. Only the other operand
            // would be scaled to half precision.
            let value = with_precision(Precision::Single, || {
                B::convolution_weight_gradient(gradient.clone(), input, kept.geometry, kernel)
            });
            gradients.register::<B>(node.id, value);
        }
        if let Some(node) = of_input {
            let [channels, _, _, _] = weight.shape().dims();
            let none = B::float_zeros(
                Shape::new([channels]),
                &gradient.device(),
                gradient.dtype().into(),
            );
            let value = with_precision(Precision::Single, || {
                B::convolution(gradient, weight, none, kept.geometry)
            });
            gradients.register::<B>(node.id, value);
        }
    }
}
