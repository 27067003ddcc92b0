//! The operation in Burn's built-in operations: the definition that the other paths are tested against, and their fallback.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

use super::form::{Activation, Form};

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

/// The output for given statistics `[2, c]`.
pub(super) fn by_statistics<B: Backend>(
    input: FloatTensor<B>,
    statistics: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    form: Form,
) -> FloatTensor<B> {
    let [_, channels] = statistics.shape().dims();
    let per_channel = |values| B::float_reshape(values, Shape::new([1, channels, 1, 1]));
    let row = |number: usize| {
        let slices = [Slice::from(number..number + 1), Slice::from(0..channels)];
        per_channel(B::float_slice(statistics.clone(), &slices))
    };
    let spread = B::float_sqrt(B::float_add_scalar(row(1), form.epsilon.into()));
    let scale = B::float_div(per_channel(gamma), spread);
    let centred = B::float_sub(input, row(0));
    let output = B::float_add(B::float_mul(centred, scale), per_channel(beta));
    match form.activation {
        Activation::None => output,
        Activation::Relu => B::relu(output),
    }
}

/// Gradients with respect to the input `[b, c, h, w]`, and `[2, c]`: to γ and to β.
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
