//! Nodes in the graph of gradients: how an operation's output enters it, and whether that output is kept or recomputed.

use std::any::{TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;

use burn::backend::Backend;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, CheckpointStrategy};
use burn::backend::autodiff::ops::{Backward, NodeGuard, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;

/// Whether a strategy drops the outputs of operations that are cheap to repeat. The backward pass then recomputes them by the
/// same operations on the same numbers, so that nothing changes but time and memory.
#[must_use]
pub fn recomputes<C: CheckpointStrategy>() -> bool {
    TypeId::of::<C>() == TypeId::of::<BalancedCheckpointing>()
}

/// What an operation costs most, which decides whether its output is kept for the backward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Arithmetic: the output is always kept.
    Compute,
    /// Memory: the output is recomputed on devices that recompute.
    Memory,
}

/// A backend that records operations of the backend `B` for gradients.
pub trait Track<B: Backend>: Backend {
    /// The output of `forward` and whatever else it computes, with `node` in the graph of gradients.
    ///
    /// The node can retrieve the inputs whose positions are in `kept`. Its state is made by `state` from their identifiers,
    /// the output and the rest; nothing is kept where no input needs a gradient.
    fn tracked<O, X, const N: usize, const K: usize>(
        node: O,
        cost: Cost,
        inputs: [FloatTensor<Self>; N],
        kept: [usize; K],
        forward: impl Fn([FloatTensor<B>; N]) -> (FloatTensor<B>, X) + Clone + Send + 'static,
        state: impl FnOnce([NodeId; K], &FloatTensor<B>, &X) -> O::State,
    ) -> (FloatTensor<Self>, X)
    where
        O: Backward<B, N>;
}

impl<B: Backend, C: CheckpointStrategy> Track<B> for Autodiff<B, C> {
    fn tracked<O, X, const N: usize, const K: usize>(
        node: O,
        cost: Cost,
        inputs: [FloatTensor<Self>; N],
        kept: [usize; K],
        forward: impl Fn([FloatTensor<B>; N]) -> (FloatTensor<B>, X) + Clone + Send + 'static,
        state: impl FnOnce([NodeId; K], &FloatTensor<B>, &X) -> O::State,
    ) -> (FloatTensor<Self>, X)
    where
        O: Backward<B, N>,
    {
        let guards = inputs.each_ref().map(FloatTensor::<Self>::node);
        let nodes = guards.each_ref().map(NodeGuard::id);
        let prepared = node.prepare::<C>(guards);
        let prepared = match cost {
            Cost::Compute => prepared.compute_bound(),
            Cost::Memory => {
                let forward = forward.clone();
                prepared
                    .memory_bound()
                    .retro_forward(RecomputedOutput::<B, _, N>::new(nodes, move |inputs| {
                        forward(inputs).0
                    }))
                    .parents(inputs.iter())
            }
        };
        match prepared.stateful() {
            OpsKind::Tracked(mut prepared) => {
                let kept = kept.map(|number| prepared.checkpoint(&inputs[number]));
                let (output, rest) = forward(inputs.map(FloatTensor::<Self>::into_primitive));
                let state = state(kept, &output, &rest);
                (prepared.finish(state, output), rest)
            }
            OpsKind::UnTracked(prepared) => {
                let (output, rest) = forward(inputs.map(FloatTensor::<Self>::into_primitive));
                (prepared.finish(output), rest)
            }
        }
    }
}

/// An operation's output, recomputed from its inputs.
struct RecomputedOutput<B, F, const N: usize> {
    inputs: [NodeId; N],
    forward: F,
    backend: PhantomData<B>,
}

impl<B, F, const N: usize> RecomputedOutput<B, F, N>
where
    B: Backend,
    F: Fn([FloatTensor<B>; N]) -> FloatTensor<B>,
{
    fn new(inputs: [NodeId; N], forward: F) -> Self {
        Self {
            inputs,
            forward,
            backend: PhantomData,
        }
    }
}

impl<B, F, const N: usize> fmt::Debug for RecomputedOutput<B, F, N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {:?}", type_name::<F>(), self.inputs)
    }
}

impl<B, F, const N: usize> RetroForward for RecomputedOutput<B, F, N>
where
    B: Backend,
    F: Fn([FloatTensor<B>; N]) -> FloatTensor<B> + Send + 'static,
{
    fn forward(&self, states: &mut BackwardStates, out_node: NodeId) {
        let inputs = self
            .inputs
            .map(|node| states.get_state::<FloatTensor<B>>(&node));
        states.save(out_node, (self.forward)(inputs));
    }
}
