//! Scaled dot-product attention (Vaswani et al., *Attention Is All You Need*, NeurIPS 2017, section 3.2) with the tokens of
//! each head along the last axis, as maps have their pixels.

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use crate::summary::note_products;

/// What each of n tokens takes from m others: `queries` `[b, heads, d, n]`, `keys` and `values` `[b, heads, d, m]`, the result
/// `[b, heads, d, n]`. A `bias` that broadcasts to `[b, heads, n, m]` is added to the products, scaled by 1/√d, of queries
/// and keys.
pub(crate) fn attend(
    queries: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    bias: Option<Tensor<4>>,
) -> Tensor<4> {
    let [_, _, depth, _] = queries.dims();
    let queries = queries.mul_scalar(1.0 / (depth as f64).sqrt());
    let mut scores = queries.swap_dims(2, 3).matmul(keys);
    if let Some(bias) = bias {
        scores = scores + bias;
    }
    // Every query with every key, and every query's share of every value.
    note_products(scores.dims(), 2 * depth, "products of attention");
    values.matmul(softmax(scores, 3).swap_dims(2, 3))
}
