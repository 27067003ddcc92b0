//! Whether operations keep their outputs for the gradients or find them anew.

use std::any::TypeId;

use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, CheckpointStrategy};

/// Whether a strategy drops the outputs of operations that are cheap to repeat. They are then found anew in the backward
/// pass, by the same operations on the same numbers, so that nothing changes but time and memory.
pub(crate) fn recomputes<C: CheckpointStrategy>() -> bool {
    TypeId::of::<C>() == TypeId::of::<BalancedCheckpointing>()
}
