//! The functions as operations that every backend carries out in its own way, and the node that keeps their input.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::{Function, cpu, formula};
use crate::autodiff::Anew;

/// A function of every number, and its gradient.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ActivationBackend: Backend {
    /// Of numbers of any shape.
    #[fusion(default)]
    fn activation(input: FloatTensor<Self>, function: Function) -> FloatTensor<Self> {
        formula::forward::<Self>(input, function)
    }

    /// The gradient by the input, from that by the output.
    #[fusion(default)]
    fn activation_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        function: Function,
    ) -> FloatTensor<Self> {
        formula::gradient::<Self>(input, gradient, function)
    }
}

impl ActivationBackend for CubeBackend {}

impl ActivationBackend for Flex {
    fn activation(input: FlexTensor, function: Function) -> FlexTensor {
        if input.dtype() != DType::F32 {
            return formula::forward::<Self>(input, function);
        }
        let input = input.to_contiguous();
        let output = cpu::forward(input.storage(), function);
        FlexTensor::from_data(TensorData::new(output, input.shape()))
    }

    fn activation_gradient(
        input: FlexTensor,
        gradient: FlexTensor,
        function: Function,
    ) -> FlexTensor {
        if input.dtype() != DType::F32 {
            return formula::gradient::<Self>(input, gradient, function);
        }
        let (input, gradient) = (input.to_contiguous(), gradient.to_contiguous());
        let by_input = cpu::gradient(input.storage(), gradient.storage(), function);
        FlexTensor::from_data(TensorData::new(by_input, input.shape()))
    }
}

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
        let prepared = ActivationNode
            .prepare::<C>([input.node()])
            .memory_bound()
            .retro_forward(Anew::<B, _, 1>::new([input.node().id()], move |[input]| {
                B::activation(input, function)
            }))
            .parents([&input])
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = prepared.checkpoint(&input);
                let output = B::activation(input.into_primitive(), function);
                prepared.finish((kept, function), output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::activation(input.into_primitive(), function))
            }
        }
    }

    fn activation_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        function: Function,
    ) -> FloatTensor<Self> {
        // A gradient has none itself.
        let by_input = B::activation_gradient(Self::inner(input), Self::inner(gradient), function);
        Self::from_inner(by_input)
    }
}
