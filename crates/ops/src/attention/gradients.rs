//! What the backward pass of an attention gives.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

/// The gradients by queries, keys, values and bias.
pub(crate) struct Gradients<B: Backend> {
    pub(super) queries: FloatTensor<B>,
    pub(super) keys: FloatTensor<B>,
    pub(super) values: FloatTensor<B>,
    pub(super) bias: FloatTensor<B>,
}
