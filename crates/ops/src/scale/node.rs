//! The node of a product in the graph of gradients.

use burn::backend::AutodiffBackend;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;

use super::backend::ScaleBackend;
use crate::autodiff::{Cost, Track};

/// The node of a product.
#[derive(Debug)]
struct ScaleNode;

impl<B: ScaleBackend> Backward<B, 2> for ScaleNode {
    /// Maps and factors.
    type State = [NodeId; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [map, factors] = ops
            .state
            .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let [of_map, of_factors] = ops.parents;
        if let Some(node) = of_factors {
            let found = B::factor_gradient(map, factors.clone(), gradient.clone());
            gradients.register::<B>(node.id, found);
        }
        if let Some(node) = of_map {
            gradients.register::<B>(node.id, B::scaled(gradient, factors));
        }
    }
}

impl<B: ScaleBackend, C: CheckpointStrategy> ScaleBackend for Autodiff<B, C> {
    fn scaled(map: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        let forward = |[map, factors]: [FloatTensor<B>; 2]| (B::scaled(map, factors), ());
        let (output, ()) = Self::tracked(
            ScaleNode,
            Cost::Memory,
            [map, factors],
            [0, 1],
            forward,
            |inputs, _, ()| inputs,
        );
        output
    }

    fn factor_gradient(
        map: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        // Gradients are not differentiated again.
        Self::from_inner(B::factor_gradient(
            Self::inner(map),
            Self::inner(factors),
            Self::inner(gradient),
        ))
    }
}
