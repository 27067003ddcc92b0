//! The result of the backward pass of an attention.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

/// The gradients with respect to queries, keys, values and bias.
pub(crate) struct Gradients<B: Backend> {
    pub(super) queries: FloatTensor<B>,
    pub(super) keys: FloatTensor<B>,
    pub(super) values: FloatTensor<B>,
    pub(super) bias: FloatTensor<B>,
}
