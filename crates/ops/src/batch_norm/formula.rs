//! The operation in burn's own: the definition that the CPU path is held to, and what every other device does.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use super::{Activation, Form};

/// The output, and `[2, c]`: means and variances.
pub(super) fn forward<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    form: Form,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let normalised = B::batch_norm_train(input, gamma, beta, form.epsilon);
    let row = |values: FloatTensor<B>| {
        let [channels] = values.shape().dims();
        B::float_reshape(values, Shape::new([1, channels]))
    };
    let statistics = vec![row(normalised.mean), row(normalised.variance)];
    let output = match form.activation {
        Activation::None => normalised.output,
        Activation::Relu => B::relu(normalised.output),
    };
    (output, B::float_cat(statistics, 0))
}

/// Gradients by the input `[b, c, h, w]`, and `[2, c]`: by γ and by β.
pub(super) fn gradients<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    output: FloatTensor<B>,
    statistics: FloatTensor<B>,
    form: Form,
    gradient: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [_, channels] = statistics.shape().dims();
    let row = |number: usize| {
        let slices = [Slice::from(number..number + 1), Slice::from(0..channels)];
        let row = B::float_slice(statistics.clone(), &slices);
        B::float_reshape(row, Shape::new([channels]))
    };
    let open = match form.activation {
        Activation::None => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
    };
    let found = B::batch_norm_train_backward(input, gamma, row(0), row(1), form.epsilon, open);
    let line = |values| B::float_reshape(values, Shape::new([1, channels]));
    let parameters = vec![line(found.gamma_grad), line(found.beta_grad)];
    (found.x_grad, B::float_cat(parameters, 0))
}
