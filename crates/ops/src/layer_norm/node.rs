//! The node of a layer normalisation in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Backend};

use super::backend::LayerNormBackend;
use crate::autodiff::{Cost, Track};
use crate::norm_layer;

/// The node of a layer normalisation.
#[derive(Debug)]
struct LayerNormNode;

/// What a layer keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    input: NodeId,
    gamma: NodeId,
    statistics: FloatTensor<B>,
}

impl<B: LayerNormBackend> Backward<B, 3> for LayerNormNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let parents = ops.parents.map(|node| node.map(|node| node.id));
        let gradient = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        let [input, gamma] = [kept.input, kept.gamma]
            .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let (by_input, by_parameters) =
            B::channel_norm_gradients(input, gamma, kept.statistics, gradient);
        norm_layer::register::<B>(parents, by_input, &by_parameters, gradients);
    }
}

impl<B: LayerNormBackend, C: CheckpointStrategy> LayerNormBackend for Autodiff<B, C> {
    fn channel_norm(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let forward = move |[input, gamma, beta]: [FloatTensor<B>; 3]| {
            B::channel_norm(input, gamma, beta, epsilon)
        };
        let (output, statistics) = Self::tracked(
            LayerNormNode,
            Cost::Memory,
            [input, gamma, beta],
            [0, 1],
            forward,
            |[input, gamma], _, statistics: &FloatTensor<B>| Kept {
                input,
                gamma,
                statistics: statistics.clone(),
            },
        );
        (output, Self::from_inner(statistics))
    }

    fn channel_norm_gradients(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        // Gradients are not differentiated again.
        let (by_input, by_parameters) = B::channel_norm_gradients(
            Self::inner(input),
            Self::inner(gamma),
            Self::inner(statistics),
            Self::inner(gradient),
        );
        (Self::from_inner(by_input), Self::from_inner(by_parameters))
    }
}
