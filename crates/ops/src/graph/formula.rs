//! The steps in Burn's built-in operations: the definition that the other paths are tested against, and their fallback.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{IndexingUpdateOp, Shape, Slice};

/// Columns of the smallest numbers of each row; equal numbers are in the order of Burn's sort.
pub(super) fn nearest<B: Backend>(distances: FloatTensor<B>, count: usize) -> IntTensor<B> {
    let [batch, rows, _] = distances.shape().dims();
    let settings = get_or_init_device_settings::<B>(&distances.device());
    let sorted = B::float_argsort(distances, 2, false, settings.int_dtype);
    let all = |size| Slice::from(0..size);
    B::int_slice(sorted, &[all(batch), all(rows), all(count)])
}

/// The excess, and the index of the largest reference.
pub(super) fn max_relative<B: Backend>(
    nodes: FloatTensor<B>,
    references: FloatTensor<B>,
    neighbours: IntTensor<B>,
) -> (FloatTensor<B>, IntTensor<B>) {
    let [batch, channels, count] = nodes.shape().dims();
    let [_, _, near] = neighbours.shape().dims();
    let settings = get_or_init_device_settings::<B>(&nodes.device());
    let columns = B::int_reshape(neighbours, Shape::new([batch, 1, count * near]));
    let columns = B::int_expand(columns, Shape::new([batch, channels, count * near]));
    let all = Shape::new([batch, channels, count, near]);
    let gathered = B::float_gather(2, references, columns.clone());
    let gathered = B::float_reshape(gathered, all.clone());
    let (most, places) = B::float_max_dim_with_indices(gathered, 3, settings.int_dtype);
    let winners = B::int_gather(3, B::int_reshape(columns, all), places);
    let shape = Shape::new([batch, channels, count]);
    let most = B::float_reshape(most, shape.clone());
    (B::float_sub(most, nodes), B::int_reshape(winners, shape))
}

/// The gradient with respect to the `size` references.
pub(super) fn max_relative_gradient<B: Backend>(
    gradient: FloatTensor<B>,
    winners: IntTensor<B>,
    size: usize,
) -> FloatTensor<B> {
    let [batch, channels, _] = gradient.shape().dims();
    let shape = Shape::new([batch, channels, size]);
    let none = B::float_zeros(shape, &gradient.device(), gradient.dtype().into());
    B::float_scatter(2, none, winners, gradient, IndexingUpdateOp::Add)
}
