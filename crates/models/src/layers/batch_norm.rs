//! Batch normalisation: with the batch's statistics in training, with the running statistics otherwise.

use burn::module::{Module, ModuleMapper, Param, RunningState};
use burn::nn::BatchNorm;
use burn::tensor::Tensor;
use ops::Activation;

/// Batch normalisation and ReLU. In training, uses the batch's statistics and updates the running ones.
pub(crate) fn norm_relu(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    if is_trained(norm, &input) {
        return trained_norm(norm, input, Activation::Relu);
    }
    evaluated_norm(norm, input, Activation::Relu)
}

/// Batch normalisation without an activation; otherwise like [`norm_relu`].
pub(crate) fn norm(norm: &BatchNorm, input: Tensor<4>) -> Tensor<4> {
    if is_trained(norm, &input) {
        return trained_norm(norm, input, Activation::None);
    }
    evaluated_norm(norm, input, Activation::None)
}

/// Normalises with the running statistics.
fn evaluated_norm(norm: &BatchNorm, input: Tensor<4>, activation: Activation) -> Tensor<4> {
    let [mean, variance] = [&norm.running_mean, &norm.running_var].map(RunningState::value_sync);
    let parameters = [norm.gamma.val(), norm.beta.val()];
    ops::batch_norm_with(
        input,
        [mean, variance],
        parameters,
        norm.epsilon,
        activation,
    )
}

fn trained_norm(norm: &BatchNorm, input: Tensor<4>, activation: Activation) -> Tensor<4> {
    let running = [&norm.running_mean, &norm.running_var].map(RunningState::value_sync);
    let (output, [mean, variance]) = ops::batch_norm_moving(
        input,
        [norm.gamma.val(), norm.beta.val()],
        running,
        norm.momentum,
        norm.epsilon,
        activation,
    );
    put(&norm.running_mean, mean);
    put(&norm.running_var, variance);
    output
}

/// Replaces a running state at once. Burn's `update` divides it by the number of threads that updated it, which is one here, and
/// costs a launch.
fn put(state: &RunningState<Tensor<1>>, value: Tensor<1>) {
    // A clone is another handle of the same state.
    let _ = state.clone().map(&mut Put(Some(value)));
}

/// Replaces the one tensor that it maps.
struct Put(Option<Tensor<1>>);

impl ModuleMapper for Put {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.0.take() {
            Some(value) => {
                let shape = value.dims();
                Param::initialized(parameter.id, value.reshape([shape[0]; D]))
            }
            None => parameter,
        }
    }
}

/// Whether `norm` normalises `input` by the batch's own statistics.
pub(crate) fn is_trained(norm: &BatchNorm, input: &Tensor<4>) -> bool {
    input.device().is_autodiff() && norm.training.is_enabled()
}
