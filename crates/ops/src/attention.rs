//! Scaled dot-product attention (Vaswani et al., *Attention Is All You Need*, NeurIPS 2017, section 3.2) with the tokens of
//! each head along the last axis, like the pixels of maps.
//!
//! Neither the forward pass nor the backward pass stores a number per pair of tokens: two numbers per query are enough to recompute
//! the attention weights (Dao et al., *Fast and Memory-Efficient Exact Attention with IO-Awareness*, NeurIPS 2022, section 3.1).

mod backend;
mod cpu;
mod formula;
mod gradients;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::AttentionBackend;

/// Attention of n queries to m keys and values: `queries` `[g, p, d, n]`, `keys` and `values` `[g, p, d, m]`, the result
/// `[g, p, d, n]`. A `bias` `[g, 1, m, n]`, the same for all p, is added to the products of keys and queries, which are scaled by
/// 1/√d. Differentiable in all four.
///
/// # Panics
///
/// When the sizes disagree: this is a bug in the network.
#[must_use]
pub fn attention(
    queries: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    bias: Option<Tensor<4>>,
) -> Tensor<4> {
    let [groups, parts, depth, query_count] = queries.dims();
    let key_count = keys.dims()[3];
    assert_eq!(
        keys.dims(),
        [groups, parts, depth, key_count],
        "attention: keys"
    );
    assert_eq!(values.dims(), keys.dims(), "attention: values");
    let bias = match bias {
        Some(bias) => {
            assert_eq!(
                bias.dims(),
                [groups, 1, key_count, query_count],
                "attention: bias"
            );
            bias
        }
        None => Tensor::zeros(
            [0, 1, key_count, query_count],
            (&queries.device(), queries.dtype()),
        ),
    };
    let (result, _) = <Dispatch as AttentionBackend>::token_attention(
        queries.into_dispatch(),
        keys.into_dispatch(),
        values.into_dispatch(),
        bias.into_dispatch(),
    );
    Tensor::from_dispatch(result)
}

#[cfg(test)]
mod tests;
