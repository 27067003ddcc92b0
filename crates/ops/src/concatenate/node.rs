//! The node of a join in the graph of gradients.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Slice;

use super::backend::ConcatenateBackend;
use crate::autodiff::{Cost, Track};

/// The node of a join.
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
    joined: impl Fn([FloatTensor<B>; N]) -> FloatTensor<B> + Clone + Send + 'static,
) -> FloatTensor<Autodiff<B, C>> {
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
