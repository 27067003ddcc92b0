//! The node of the excess in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{AutodiffBackend, TensorMetadata};

use super::backend::GraphBackend;
use crate::autodiff::{Cost, Track, recomputes};

/// The node of an excess.
#[derive(Debug)]
struct MaxRelativeNode;

/// What the node keeps: the winners, or on devices that recompute, the inputs that determine them.
#[derive(Debug, Clone)]
enum Kept<B: GraphBackend> {
    /// The winners, and the number of references.
    Winners(IntTensor<B>, usize),
    /// The nodes and the references, and the neighbours.
    Origin([NodeId; 2], IntTensor<B>),
}

impl<B: GraphBackend> Backward<B, 2> for MaxRelativeNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [of_nodes, of_references] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        let (winners, size) = match ops.state {
            Kept::Winners(winners, size) => (winners, size),
            Kept::Origin(inputs, neighbours) => {
                let [nodes, references] =
                    inputs.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
                let [_, _, size] = references.shape().dims();
                let (_, winners) = B::max_relative(nodes, references, neighbours);
                (winners, size)
            }
        };
        if let Some(node) = of_references {
            let value = B::max_relative_gradient(gradient.clone(), winners, size);
            gradients.register::<B>(node.id, value);
        }
        if let Some(node) = of_nodes {
            gradients.register::<B>(node.id, B::float_neg(gradient));
        }
    }
}

impl<B: GraphBackend, C: CheckpointStrategy> GraphBackend for Autodiff<B, C> {
    fn nearest(distances: FloatTensor<Self>, count: usize) -> IntTensor<Self> {
        B::nearest(distances.into_primitive(), count)
    }

    fn max_relative(
        nodes: FloatTensor<Self>,
        references: FloatTensor<Self>,
        neighbours: IntTensor<Self>,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        let [_, _, size] = references.shape().dims();
        let inputs = [nodes, references];
        let of_forward = neighbours.clone();
        let forward = move |[nodes, references]: [FloatTensor<B>; 2]| {
            B::max_relative(nodes, references, of_forward.clone())
        };
        if recomputes::<C>() {
            Self::tracked(
                MaxRelativeNode,
                Cost::Memory,
                inputs,
                [0, 1],
                forward,
                |inputs, _, _: &IntTensor<B>| Kept::Origin(inputs, neighbours),
            )
        } else {
            Self::tracked(
                MaxRelativeNode,
                Cost::Memory,
                inputs,
                [],
                forward,
                |[], _, winners: &IntTensor<B>| Kept::Winners(winners.clone(), size),
            )
        }
    }

    fn max_relative_gradient(
        gradient: FloatTensor<Self>,
        winners: IntTensor<Self>,
        size: usize,
    ) -> FloatTensor<Self> {
        // Gradients are not differentiated again.
        let value = B::max_relative_gradient(Self::inner(gradient), winners, size);
        Self::from_inner(value)
    }
}
