//! The operation for two and for five maps, and its gradient node.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, Flex, TensorMetadata, backend_extension};
use burn::tensor::Slice;

use crate::autodiff::Anew;

/// Maps joined along their channels.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ConcatenateBackend: Backend {
    /// Two maps.
    #[fusion(default)]
    fn join_two(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_cat(vec![a, b], 1)
    }

    /// Five maps.
    #[fusion(default)]
    fn join_five(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::float_cat(vec![a, b, c, d, e], 1)
    }
}

impl ConcatenateBackend for Cube {}

impl ConcatenateBackend for Flex {}

/// The node of one join in the graph of gradients.
#[derive(Debug)]
struct JoinNode;

impl<B: Backend, const N: usize> Backward<B, N> for JoinNode {
    /// Channels of each map.
    type State = [usize; N];

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [batch, _, height, width] = gradient.shape().dims();
        let mut first = 0;
        for (parent, channels) in ops.parents.into_iter().zip(ops.state) {
            let part = [
                Slice::from(0..batch),
                Slice::from(first..first + channels),
                Slice::from(0..height),
                Slice::from(0..width),
            ];
            first += channels;
            if let Some(node) = parent {
                gradients.register::<B>(node.id, B::float_slice(gradient.clone(), &part));
            }
        }
    }
}

fn join<B: Backend, C: CheckpointStrategy, const N: usize>(
    maps: [FloatTensor<Autodiff<B, C>>; N],
) -> FloatTensor<Autodiff<B, C>> {
    let guards: [_; N] = std::array::from_fn(|number| maps[number].node());
    let nodes = std::array::from_fn(|number| guards[number].id());
    let channels = maps.each_ref().map(|map| map.shape()[1]);
    let prepared = JoinNode
        .prepare::<C>(guards)
        .memory_bound()
        .retro_forward(Anew::<B, _, N>::new(nodes, |maps| {
            B::float_cat(maps.into(), 1)
        }))
        .parents(maps.iter())
        .stateful();
    let joined = |maps: [FloatTensor<Autodiff<B, C>>; N]| {
        let mut primitives = Vec::with_capacity(N);
        for map in maps {
            primitives.push(map.into_primitive());
        }
        B::float_cat(primitives, 1)
    };
    match prepared {
        OpsKind::Tracked(prepared) => prepared.finish(channels, joined(maps)),
        OpsKind::UnTracked(prepared) => prepared.finish(joined(maps)),
    }
}

impl<B: ConcatenateBackend, C: CheckpointStrategy> ConcatenateBackend for Autodiff<B, C> {
    fn join_two(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        join::<B, C, 2>([a, b])
    }

    fn join_five(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        join::<B, C, 5>([a, b, c, d, e])
    }
}
