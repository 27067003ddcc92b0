//! Attention, noted for the table of layers.

use burn::tensor::Tensor;

use crate::layers::notes::note_products;

/// [`ops::attention()`], noted.
pub(crate) fn attend(
    queries: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    bias: Option<Tensor<4>>,
) -> Tensor<4> {
    let [groups, parts, depth, query_count] = queries.dims();
    let key_count = keys.dims()[3];
    // Query times key, then weight times value.
    note_products(
        [groups, parts, query_count, key_count],
        2 * depth,
        "products of attention",
    );
    ops::attention(queries, keys, values, bias)
}
