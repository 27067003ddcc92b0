//! The node of a convolution in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, TensorMetadata};
use burn::tensor::Shape;

use super::backend::UpsampledBackend;
use super::products::{joined, part, parts, product_weight};
use super::upsampling::Upsampling;
use crate::autodiff::{Cost, Track};
use crate::convolution::geometry::Geometry;

/// Gradients with respect to input and weight, where requested.
fn gradients<B: UpsampledBackend>(
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    gradient: FloatTensor<B>,
    upsampling: Upsampling,
    [of_input, of_weight]: [bool; 2],
) -> (Option<FloatTensor<B>>, Option<FloatTensor<B>>) {
    let [batch, channels, ..] = input.shape().dims::<4>();
    let [outputs, ..] = weight.shape().dims::<4>();
    let weight = product_weight::<B>(weight);
    let images = parts(batch, outputs, upsampling);
    let (mut by_input, mut by_weight) = (Vec::new(), None);
    for images_of_part in &images {
        let gradient = part::<B>(&gradient, *images_of_part, images.len());
        let by_products = B::taps_summed_gradient(gradient, upsampling);
        if of_weight {
            let input = part::<B>(&input, *images_of_part, images.len());
            let products = by_products.clone();
            let value = B::convolution_weight_gradient(input, products, Geometry::same(1), [1, 1]);
            by_weight = Some(match by_weight {
                Some(sum) => B::float_add(sum, value),
                None => value,
            });
        }
        if of_input {
            by_input.push(B::convolution_input_gradient(
                by_products,
                weight.clone(),
                Geometry::same(1),
                upsampling.from,
            ));
        }
    }
    let by_weight = by_weight.map(|value| {
        let [rows, columns] = upsampling.kernel;
        let value = B::float_reshape(value, Shape::new([outputs, rows, columns, channels]));
        B::float_permute(value, &[0, 3, 1, 2])
    });
    (of_input.then(|| joined::<B>(by_input)), by_weight)
}

/// The node of a convolution.
#[derive(Debug)]
struct UpsampledNode;

/// What a convolution keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept {
    input: NodeId,
    weight: NodeId,
    upsampling: Upsampling,
}

impl<B: UpsampledBackend> Backward<B, 3> for UpsampledNode {
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
        let wanted = [of_input.is_some(), of_weight.is_some()];
        let (by_input, by_weight) =
            self::gradients::<B>(input, weight, gradient, kept.upsampling, wanted);
        for (node, value) in [(of_input, by_input), (of_weight, by_weight)] {
            if let Some((node, value)) = node.zip(value) {
                gradients.register::<B>(node.id, value);
            }
        }
    }
}

impl<B: UpsampledBackend, C: CheckpointStrategy> UpsampledBackend for Autodiff<B, C> {
    fn convolution_upsampled(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        let forward = move |[input, weight, bias]: [FloatTensor<B>; 3]| {
            (
                B::convolution_upsampled(input, weight, bias, upsampling),
                (),
            )
        };
        let (output, ()) = Self::tracked(
            UpsampledNode,
            Cost::Compute,
            [input, weight, bias],
            [0, 1],
            forward,
            |[input, weight], _, ()| Kept {
                input,
                weight,
                upsampling,
            },
        );
        output
    }

    fn taps_summed(
        products: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        // Part of `convolution_upsampled`, whose node computes the gradient.
        let (products, bias) = (Self::inner(products), Self::inner(bias));
        Self::from_inner(B::taps_summed(products, bias, upsampling))
    }

    fn taps_summed_gradient(
        gradient: FloatTensor<Self>,
        upsampling: Upsampling,
    ) -> FloatTensor<Self> {
        Self::from_inner(B::taps_summed_gradient(Self::inner(gradient), upsampling))
    }
}
