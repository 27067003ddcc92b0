//! The node of an attention in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Backend};

use super::backend::AttentionBackend;
use crate::autodiff::{Cost, Track};

/// The node of an attention.
#[derive(Debug)]
struct AttentionNode;

/// What an attention keeps for its gradients.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    /// Queries, keys, values, bias.
    inputs: [NodeId; 4],
    statistics: FloatTensor<B>,
}

impl<B: AttentionBackend> Backward<B, 4> for AttentionNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 4>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let Kept { inputs, statistics } = ops.state;
        let [queries, keys, values, bias] =
            inputs.map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let (queries, keys, values, bias) =
            B::token_attention_gradients(queries, keys, values, bias, statistics, gradient);
        let found = [queries, keys, values, bias];
        for (node, gradient) in ops.parents.into_iter().zip(found) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: AttentionBackend, C: CheckpointStrategy> AttentionBackend for Autodiff<B, C> {
    fn token_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let forward = |[queries, keys, values, bias]: [FloatTensor<B>; 4]| {
            B::token_attention(queries, keys, values, bias)
        };
        let (result, statistics) = Self::tracked(
            AttentionNode,
            Cost::Compute,
            [queries, keys, values, bias],
            [0, 1, 2, 3],
            forward,
            |inputs, _, statistics: &FloatTensor<B>| Kept {
                inputs,
                statistics: statistics.clone(),
            },
        );
        (result, Self::from_inner(statistics))
    }

    fn token_attention_gradients(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        // Gradients are not differentiated again.
        let (queries, keys, values, bias) = B::token_attention_gradients(
            Self::inner(queries),
            Self::inner(keys),
            Self::inner(values),
            Self::inner(bias),
            Self::inner(statistics),
            Self::inner(gradient),
        );
        (
            Self::from_inner(queries),
            Self::from_inner(keys),
            Self::from_inner(values),
            Self::from_inner(bias),
        )
    }
}
