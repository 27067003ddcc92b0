//! The operation in Burn's built-in operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};

pub(super) fn forward<B: Backend>(map: FloatTensor<B>, factors: FloatTensor<B>) -> FloatTensor<B> {
    B::float_mul(map, factors)
}

/// The gradient with respect to the factors.
pub(super) fn factor_gradient<B: Backend>(
    map: FloatTensor<B>,
    factors: &FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> FloatTensor<B> {
    let products = B::float_mul(map, gradient);
    let sizes = factors.shape();
    (0..4)
        .filter(|axis| sizes[*axis] == 1)
        .fold(products, B::float_sum_dim)
}
