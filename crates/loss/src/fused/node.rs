//! The gradient node of one output's loss.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{AutodiffBackend, Backend};
use ops::autodiff::{Cost, Track};

use super::backend::EnvelopeBackend;
use super::settings::EnvelopeSettings;

/// The node of one output's loss in the autodiff graph.
#[derive(Debug)]
struct EnvelopeNode;

/// State for the gradient: one number per pixel, next to the logits, which the network keeps anyway.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    logits: NodeId,
    labels: IntTensor<B>,
    losses: FloatTensor<B>,
    bounds: IntTensor<B>,
    counts: FloatTensor<B>,
    settings: EnvelopeSettings,
}

impl<B: EnvelopeBackend> Backward<B, 1> for EnvelopeNode {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [of_logits] = ops.parents;
        let upstream = gradients.consume::<B>(&ops.node);
        let kept = ops.state;
        if let Some(node) = of_logits {
            let logits = checkpointer.retrieve_node_output::<FloatTensor<B>>(kept.logits);
            let gradient = B::envelope_gradient(
                logits,
                kept.labels,
                kept.losses,
                kept.bounds,
                kept.counts,
                upstream,
                kept.settings,
            );
            gradients.register::<B>(node.id, gradient);
        }
    }
}

impl<B: EnvelopeBackend, C: CheckpointStrategy> EnvelopeBackend for Autodiff<B, C> {
    fn envelope(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        settings: EnvelopeSettings,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
    ) {
        let forward = {
            let (labels, settings) = (labels.clone(), settings.clone());
            move |[logits]: [FloatTensor<B>; 1]| {
                let (image, counts, losses, bounds) =
                    B::envelope(logits, labels.clone(), settings.clone());
                (image, (counts, losses, bounds))
            }
        };
        let (image, (counts, losses, bounds)) = Self::tracked(
            EnvelopeNode,
            Cost::Compute,
            [logits],
            [0],
            forward,
            |[logits], _, (counts, losses, bounds)| Kept {
                logits,
                labels,
                losses: losses.clone(),
                bounds: bounds.clone(),
                counts: counts.clone(),
                settings,
            },
        );
        (
            image,
            Self::from_inner(counts),
            Self::from_inner(losses),
            bounds,
        )
    }

    fn envelope_gradient(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        losses: FloatTensor<Self>,
        bounds: IntTensor<Self>,
        counts: FloatTensor<Self>,
        upstream: FloatTensor<Self>,
        settings: EnvelopeSettings,
    ) -> FloatTensor<Self> {
        // There is no second derivative.
        Self::from_inner(B::envelope_gradient(
            Self::inner(logits),
            labels,
            Self::inner(losses),
            bounds,
            Self::inner(counts),
            Self::inner(upstream),
            settings,
        ))
    }

    fn weights_by_rank(
        losses: FloatTensor<Self>,
        indices: IntTensor<Self>,
        store: FloatTensor<Self>,
        weight_of_rank: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (weights, store) = B::weights_by_rank(
            Self::inner(losses),
            indices,
            Self::inner(store),
            Self::inner(weight_of_rank),
        );
        (Self::from_inner(weights), Self::from_inner(store))
    }
}
