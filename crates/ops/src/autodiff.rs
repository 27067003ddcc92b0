//! Whether operations keep their outputs for the gradients or find them anew.

use std::any::{TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;

use burn::backend::Backend;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::retro_forward::RetroForward;
use burn::backend::autodiff::checkpoint::state::BackwardStates;
use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, CheckpointStrategy};
use burn::backend::tensor::FloatTensor;

/// Whether a strategy drops the outputs of operations that are cheap to repeat. They are then found anew in the backward
/// pass, by the same operations on the same numbers, so that nothing changes but time and memory.
pub(crate) fn recomputes<C: CheckpointStrategy>() -> bool {
    TypeId::of::<C>() == TypeId::of::<BalancedCheckpointing>()
}

/// An operation's output, found anew from its inputs.
pub(crate) struct Anew<B, F, const N: usize> {
    inputs: [NodeId; N],
    forward: F,
    backend: PhantomData<B>,
}

impl<B, F, const N: usize> Anew<B, F, N>
where
    B: Backend,
    F: Fn([FloatTensor<B>; N]) -> FloatTensor<B>,
{
    pub(crate) fn new(inputs: [NodeId; N], forward: F) -> Self {
        Self {
            inputs,
            forward,
            backend: PhantomData,
        }
    }
}

impl<B, F, const N: usize> fmt::Debug for Anew<B, F, N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {:?}", type_name::<F>(), self.inputs)
    }
}

impl<B, F, const N: usize> RetroForward for Anew<B, F, N>
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
