//! The node of the excess in the graph of gradients.

use std::marker::PhantomData;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{AutodiffBackend, TensorMetadata};

use super::backend::GraphBackend;
use crate::autodiff::recomputes;

/// What the excess was found from, for those who find it anew.
#[derive(Debug, Clone)]
struct Origin<B: GraphBackend> {
    nodes: NodeId,
    references: NodeId,
    neighbours: IntTensor<B>,
    backend: PhantomData<B>,
}

impl<B: GraphBackend> RetroForward for Origin<B> {
    fn forward(&self, states: &mut BackwardStates, out_node: NodeId) {
        let [nodes, references] =
            [self.nodes, self.references].map(|node| states.get_state::<FloatTensor<B>>(&node));
        let (excess, _) = B::max_relative(nodes, references, self.neighbours.clone());
        states.save(out_node, excess);
    }
}

/// The node of one excess.
#[derive(Debug)]
struct MaxRelativeNode;

/// What the node keeps: who won, or, where the device recomputes, what that follows from.
#[derive(Debug, Clone)]
enum Kept<B: GraphBackend> {
    /// The winners, and how many references there were.
    Winners(IntTensor<B>, usize),
    Origin(Origin<B>),
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
            Kept::Origin(origin) => {
                let [nodes, references] = [origin.nodes, origin.references]
                    .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
                let [_, _, size] = references.shape().dims();
                let (_, winners) = B::max_relative(nodes, references, origin.neighbours);
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
        let origin = Origin::<B> {
            nodes: nodes.node().id(),
            references: references.node().id(),
            neighbours: neighbours.clone(),
            backend: PhantomData,
        };
        let prepared = MaxRelativeNode
            .prepare::<C>([nodes.node(), references.node()])
            .memory_bound()
            .retro_forward(origin.clone())
            .parents([&nodes, &references])
            .stateful();
        let [_, _, size] = references.shape().dims();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                if recomputes::<C>() {
                    prepared.checkpoint(&nodes);
                    prepared.checkpoint(&references);
                }
                let (nodes, references) = (nodes.into_primitive(), references.into_primitive());
                let (excess, winners) = B::max_relative(nodes, references, neighbours);
                let kept = if recomputes::<C>() {
                    Kept::Origin(origin)
                } else {
                    Kept::Winners(winners.clone(), size)
                };
                (prepared.finish(kept, excess), winners)
            }
            OpsKind::UnTracked(prepared) => {
                let (nodes, references) = (nodes.into_primitive(), references.into_primitive());
                let (excess, winners) = B::max_relative(nodes, references, neighbours);
                (prepared.finish(excess), winners)
            }
        }
    }

    fn max_relative_gradient(
        gradient: FloatTensor<Self>,
        winners: IntTensor<Self>,
        size: usize,
    ) -> FloatTensor<Self> {
        // A gradient has none itself.
        let value = B::max_relative_gradient(Self::inner(gradient), winners, size);
        Self::from_inner(value)
    }
}
