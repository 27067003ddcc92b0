//! The node of a join in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};

use super::backend::ConcatenateBackend;
use crate::autodiff::{Cost, Track};

/// The node of a join.
#[derive(Debug)]
struct JoinNode;

impl<B: ConcatenateBackend> Backward<B, 2> for JoinNode {
    /// Channels of each map.
    type State = [usize; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (a, b) = B::split_two(gradients.consume::<B>(&ops.node), ops.state);
        let parents = ops.parents.map(|parent| parent.map(|node| node.id));
        register::<B, 2>(gradients, parents, [a, b]);
    }
}

impl<B: ConcatenateBackend> Backward<B, 5> for JoinNode {
    /// Channels of each map.
    type State = [usize; 5];

    fn backward(
        self,
        ops: Ops<Self::State, 5>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (a, b, c, d, e) = B::split_five(gradients.consume::<B>(&ops.node), ops.state);
        let parents = ops.parents.map(|parent| parent.map(|node| node.id));
        register::<B, 5>(gradients, parents, [a, b, c, d, e]);
    }
}

fn register<B: Backend, const N: usize>(
    gradients: &mut Gradients,
    parents: [Option<NodeId>; N],
    parts: [FloatTensor<B>; N],
) {
    for (parent, part) in parents.into_iter().zip(parts) {
        if let Some(node) = parent {
            gradients.register::<B>(node, part);
        }
    }
}

fn join<B: Backend, C: CheckpointStrategy, const N: usize>(
    maps: [FloatTensor<Autodiff<B, C>>; N],
    joined: impl Fn([FloatTensor<B>; N]) -> FloatTensor<B> + Clone + Send + 'static,
) -> FloatTensor<Autodiff<B, C>>
where
    JoinNode: Backward<B, N, State = [usize; N]>,
{
    let channels = maps.each_ref().map(|map| map.shape()[1]);
    let forward = move |maps: [FloatTensor<B>; N]| (joined(maps), ());
    let (output, ()) =
        Autodiff::<B, C>::tracked(JoinNode, Cost::Memory, maps, [], forward, |[], _, ()| {
            channels
        });
    output
}

impl<B: ConcatenateBackend, C: CheckpointStrategy> ConcatenateBackend for Autodiff<B, C> {
    fn join_two(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        join::<B, C, 2>([a, b], |[a, b]| B::join_two(a, b))
    }

    fn join_five(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        join::<B, C, 5>([a, b, c, d, e], |[a, b, c, d, e]| {
            B::join_five(a, b, c, d, e)
        })
    }
}
