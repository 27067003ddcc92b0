//! Batch normalisation: with the batch's statistics in training, with the running statistics otherwise.

use burn::module::RunningState;
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
    let count = values_of_a_channel(&input);
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    let found = ops::batch_norm(input, gamma, beta, norm.epsilon, activation);
    move_statistics(norm, found.mean, found.variance, count);
    found.output
}

fn is_trained(norm: &BatchNorm, input: &Tensor<4>) -> bool {
    input.device().is_autodiff() && norm.training.is_enabled()
}

fn values_of_a_channel(input: &Tensor<4>) -> usize {
    let [batch, _, height, width] = input.dims();
    batch * height * width
}

/// Updates the running statistics as PyTorch does: the running variance is the sample variance (divisor `count` − 1), while
/// `variance` is the population variance (divisor `count`).
fn move_statistics(norm: &BatchNorm, mean: Tensor<1>, variance: Tensor<1>, count: usize) {
    let count = count as f64;
    let momentum = norm.momentum;
    let moved = |running: Tensor<1>, found: Tensor<1>| {
        let device = found.device();
        let kept = running.to_device(&device).mul_scalar(1.0 - momentum);
        (kept + found.mul_scalar(momentum)).detach()
    };
    let variance = variance.mul_scalar(count / (count - 1.0).max(1.0));
    let mean = moved(norm.running_mean.value_sync(), mean);
    let variance = moved(norm.running_var.value_sync(), variance);
    norm.running_mean.update(mean);
    norm.running_var.update(variance);
}
