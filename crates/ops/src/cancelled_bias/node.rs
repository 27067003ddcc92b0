//! The node of a cancelled bias in the graph of gradients.

use burn::backend::AutodiffBackend;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::FloatTensor;

use super::backend::CancelledBiasBackend;
use crate::autodiff::{Cost, Track};

/// The node of a cancelled bias.
#[derive(Debug)]
struct CancelledBiasNode;

impl<B: CancelledBiasBackend> Backward<B, 2> for CancelledBiasNode {
    type State = ();

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let [of_weight, of_bias] = ops.parents;
        if let Some(node) = of_bias {
            gradients.register::<B>(node.id, B::zeros_of_outputs(gradient.clone()));
        }
        if let Some(node) = of_weight {
            gradients.register::<B>(node.id, gradient);
        }
    }
}

impl<B: CancelledBiasBackend, C: CheckpointStrategy> CancelledBiasBackend for Autodiff<B, C> {
    fn with_cancelled_bias(
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let forward =
            |[weight, bias]: [FloatTensor<B>; 2]| (B::with_cancelled_bias(weight, bias), ());
        let (weight, ()) = Self::tracked(
            CancelledBiasNode,
            Cost::Compute,
            [weight, bias],
            [],
            forward,
            |[], _, ()| (),
        );
        weight
    }

    fn zeros_of_outputs(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(B::zeros_of_outputs(Self::inner(weight)))
    }
}
