//! The node of one function in the graph of gradients, which keeps its input.

use burn::backend::AutodiffBackend;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;

use super::backend::ActivationBackend;
use super::function::Function;
use crate::autodiff::{Cost, Track};

/// The node of one function in the graph of gradients.
#[derive(Debug)]
struct ActivationNode;

impl<B: ActivationBackend> Backward<B, 1> for ActivationNode {
    type State = (NodeId, Function);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (input, function) = ops.state;
        let input = checkpointer.retrieve_node_output::<FloatTensor<B>>(input);
        let [of_input] = ops.parents;
        if let Some(node) = of_input {
            let by_input = B::activation_gradient(input, gradient, function);
            gradients.register::<B>(node.id, by_input);
        }
    }
}

impl<B: ActivationBackend, C: CheckpointStrategy> ActivationBackend for Autodiff<B, C> {
    fn activation(input: FloatTensor<Self>, function: Function) -> FloatTensor<Self> {
        let forward = move |[input]: [FloatTensor<B>; 1]| (B::activation(input, function), ());
        let (output, ()) = Self::tracked(
            ActivationNode,
            Cost::Memory,
            [input],
            [0],
            forward,
            |[input], _, ()| (input, function),
        );
        output
    }

    fn activation_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        function: Function,
    ) -> FloatTensor<Self> {
        // There is no second derivative.
        let by_input = B::activation_gradient(Self::inner(input), Self::inner(gradient), function);
        Self::from_inner(by_input)
    }
}
