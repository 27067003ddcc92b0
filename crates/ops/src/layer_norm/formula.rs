//! The layer in Burn's built-in operations: the definition that the other paths are tested against, and their fallback.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Shape;

/// `[c]` as `[1, c, 1, 1]`.
fn per_channel<B: Backend>(values: FloatTensor<B>) -> FloatTensor<B> {
    let [channels] = values.shape().dims();
    B::float_reshape(values, Shape::new([1, channels, 1, 1]))
}

/// One row of `[b, 2, h·w]` as `[b, 1, h, w]`.
fn per_pixel<B: Backend>(
    statistics: FloatTensor<B>,
    row: usize,
    [rows, columns]: [usize; 2],
) -> FloatTensor<B> {
    let [batch, _, pixels] = statistics.shape().dims();
    let slices = [0..batch, row..row + 1, 0..pixels].map(Into::into);
    let values = B::float_slice(statistics, &slices);
    B::float_reshape(values, Shape::new([batch, 1, rows, columns]))
}

/// The output, and `[b, 2, h·w]`: means and 1/√(variance + ε).
pub(super) fn forward<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    epsilon: f64,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [batch, _, rows, columns] = input.shape().dims();
    let mean = B::float_mean_dim(input.clone(), 1);
    let centred = B::float_sub(input, mean.clone());
    let squares = B::float_mul(centred.clone(), centred.clone());
    let variance = B::float_mean_dim(squares, 1);
    let spread = B::float_sqrt(B::float_add_scalar(variance, epsilon.into()));
    let steepness = B::float_recip(spread);
    let normalised = B::float_mul(centred, steepness.clone());
    let scaled = B::float_mul(normalised, per_channel::<B>(gamma));
    let row = |values| B::float_reshape(values, Shape::new([batch, 1, rows * columns]));
    let statistics = B::float_cat(vec![row(mean), row(steepness)], 1);
    (B::float_add(scaled, per_channel::<B>(beta)), statistics)
}

/// Gradients with respect to the input `[b, c, h, w]`, and `[2, c]`: to γ and to β.
pub(super) fn gradients<B: Backend>(
    input: FloatTensor<B>,
    gamma: FloatTensor<B>,
    statistics: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [_, channels, rows, columns] = input.shape().dims();
    let [mean, steepness] =
        [0, 1].map(|row| per_pixel::<B>(statistics.clone(), row, [rows, columns]));
    let normalised = B::float_mul(B::float_sub(input, mean), steepness.clone());
    let slope = B::float_mul(gradient.clone(), per_channel::<B>(gamma));
    let projection = B::float_mul(slope.clone(), normalised.clone());
    let projection = B::float_mul(normalised.clone(), B::float_mean_dim(projection, 1));
    let rest = B::float_sub(slope.clone(), B::float_mean_dim(slope, 1));
    let by_input = B::float_mul(B::float_sub(rest, projection), steepness);

    let sum = |values| {
        let sums = [0, 2, 3].into_iter().fold(values, B::float_sum_dim);
        B::float_reshape(sums, Shape::new([1, channels]))
    };
    let by_gamma = sum(B::float_mul(gradient.clone(), normalised));
    (by_input, B::float_cat(vec![by_gamma, sum(gradient)], 0))
}
