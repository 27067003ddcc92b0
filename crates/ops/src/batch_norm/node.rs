//! The node of a batch normalisation in the graph of gradients.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops};
use burn::backend::autodiff::{Autodiff, NodeId};
use burn::backend::tensor::FloatTensor;
use burn::backend::{AutodiffBackend, Backend};

use super::backend::BatchNormBackend;
use super::form::{Activation, Form};
use super::running::Move;
use crate::autodiff::{Cost, Track, recomputes};
use crate::norm_layer;

/// The node of a batch normalisation.
#[derive(Debug)]
struct BatchNormNode;

/// What a layer keeps for its gradients. The output of a ReLU costs no memory: the next layer keeps it as its input. On devices
/// that recompute, neither layer keeps it.
#[derive(Debug, Clone)]
struct Kept<B: Backend> {
    input: NodeId,
    gamma: NodeId,
    beta: NodeId,
    output: Option<FloatTensor<B>>,
    statistics: FloatTensor<B>,
    form: Form,
}

impl<B: BatchNormBackend> Backward<B, 3> for BatchNormNode {
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
        let mut retrieve = |node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node);
        let (input, gamma, beta) = (
            retrieve(kept.input),
            retrieve(kept.gamma),
            retrieve(kept.beta),
        );
        let (statistics, form) = (kept.statistics, kept.form);
        let (by_input, by_parameters) = match kept.output {
            Some(output) => {
                B::normalise_gradients(input, gamma, beta, output, statistics, form, gradient)
            }
            None => {
                B::normalise_gradients_recomputing(input, gamma, beta, statistics, form, gradient)
            }
        };
        norm_layer::register::<B>(parents, by_input, &by_parameters, gradients);
    }
}

impl<B: BatchNormBackend, C: CheckpointStrategy> BatchNormBackend for Autodiff<B, C> {
    fn normalise(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let keeps_output = form.activation == Activation::Relu && !recomputes::<C>();
        let forward =
            move |[input, gamma, beta]: [FloatTensor<B>; 3]| B::normalise(input, gamma, beta, form);
        let (output, statistics) = Self::tracked(
            BatchNormNode,
            Cost::Memory,
            [input, gamma, beta],
            [0, 1, 2],
            forward,
            |[input, gamma, beta], output, statistics: &FloatTensor<B>| Kept {
                input,
                gamma,
                beta,
                output: keeps_output.then(|| output.clone()),
                statistics: statistics.clone(),
                form,
            },
        );
        (output, Self::from_inner(statistics))
    }

    fn normalise_moving(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        form: Form,
        change: Move,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let keeps_output = form.activation == Activation::Relu && !recomputes::<C>();
        let (mean, variance) = (Self::inner(mean), Self::inner(variance));
        let forward = move |[input, gamma, beta]: [FloatTensor<B>; 3]| {
            let (mean, variance) = (mean.clone(), variance.clone());
            let (output, statistics, moved) =
                B::normalise_moving(input, gamma, beta, mean, variance, form, change);
            (output, (statistics, moved))
        };
        let (output, (statistics, moved)) = Self::tracked(
            BatchNormNode,
            Cost::Memory,
            [input, gamma, beta],
            [0, 1, 2],
            forward,
            |[input, gamma, beta], output, (statistics, _): &(FloatTensor<B>, FloatTensor<B>)| {
                Kept {
                    input,
                    gamma,
                    beta,
                    output: keeps_output.then(|| output.clone()),
                    statistics: statistics.clone(),
                    form,
                }
            },
        );
        let [statistics, moved] = [statistics, moved].map(Self::from_inner);
        (output, statistics, moved)
    }

    fn normalise_gradients(
        input: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        output: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        form: Form,
        gradient: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        // Gradients are not differentiated again.
        let (by_input, by_parameters) = B::normalise_gradients(
            Self::inner(input),
            Self::inner(gamma),
            Self::inner(beta),
            Self::inner(output),
            Self::inner(statistics),
            form,
            Self::inner(gradient),
        );
        (Self::from_inner(by_input), Self::from_inner(by_parameters))
    }
}
