//! The resize as two matrix products, `rows · map · columnsᵀ`: the definition that the faster paths are tested against, and their
//! fallback for number types other than f32. Resizing an axis is linear: a product with a constant matrix, whose transpose gives
//! the gradient, on every device.

use burn::tensor::{Tensor, TensorData};

use super::axis::{Axis, Corners};

pub(super) fn resize(input: Tensor<4>, size: [usize; 2], corners: Corners) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let (device, dtype) = (input.device(), input.dtype());
    let matrix = |from: usize, to: usize| -> Tensor<2> {
        let axis = Axis { from, to, corners };
        Tensor::from_data(TensorData::new(weights(axis), [to, from]), (&device, dtype))
    };
    // Columns first: one product over all rows of all maps, `[b·c·h, w] · [w, w']`.
    let map: Tensor<2> = input.reshape([batch * channels * height, width]);
    let map = if width == size[1] {
        map
    } else {
        map.matmul(matrix(width, size[1]).transpose())
    };
    let map: Tensor<3> = map.reshape([batch * channels, height, size[1]]);
    let map = if height == size[0] {
        map
    } else {
        matrix(height, size[0])
            .unsqueeze::<3>()
            .expand([batch * channels, size[0], height])
            .matmul(map)
    };
    map.reshape([batch, channels, size[0], size[1]])
}

/// The matrix `[to, from]`, row by row, that resizes one axis.
fn weights(axis: Axis) -> Vec<f64> {
    let mut weights = vec![0.0_f64; axis.from * axis.to];
    for (row, place) in weights.chunks_exact_mut(axis.from).zip(axis.places()) {
        row[place.low] += 1.0 - place.exact_weight;
        row[place.high] += place.exact_weight;
    }
    weights
}
