//! Attention as the networks ask for it, with what a summary is told of it.

use burn::tensor::Tensor;

use crate::layers::notes::note_products;

/// As [`ops::attention()`] has it.
pub(crate) fn attend(
    queries: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    bias: Option<Tensor<4>>,
) -> Tensor<4> {
    let [groups, parts, depth, asking] = queries.dims();
    let asked = keys.dims()[3];
    // Every query with every key, and every query's share of every value.
    note_products(
        [groups, parts, asking, asked],
        2 * depth,
        "products of attention",
    );
    ops::attention(queries, keys, values, bias)
}
