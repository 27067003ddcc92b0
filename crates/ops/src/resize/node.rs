//! The node of a resize in the graph of gradients.

use burn::backend::AutodiffBackend;
use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::FloatTensor;

use super::axis::Scale;
use super::backend::ResizeBackend;
use crate::autodiff::{Cost, Track};

/// The node of a resize.
#[derive(Debug)]
struct ResizeNode;

impl<B: ResizeBackend> Backward<B, 1> for ResizeNode {
    type State = Scale;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [of_input] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        if let Some(node) = of_input {
            gradients.register::<B>(node.id, B::resize_gradient(gradient, ops.state));
        }
    }
}

impl<B: ResizeBackend, C: CheckpointStrategy> ResizeBackend for Autodiff<B, C> {
    fn resize(input: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self> {
        let forward = move |[input]: [FloatTensor<B>; 1]| (B::resize(input, scale), ());
        let (output, ()) = Self::tracked(
            ResizeNode,
            Cost::Memory,
            [input],
            [],
            forward,
            |[], _, ()| scale,
        );
        output
    }

    fn resize_gradient(gradient: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self> {
        // Gradients are not differentiated again.
        Self::from_inner(B::resize_gradient(Self::inner(gradient), scale))
    }
}
