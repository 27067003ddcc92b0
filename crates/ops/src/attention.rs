//! Scaled dot-product attention (Vaswani et al., *Attention Is All You Need*, NeurIPS 2017, section 3.2) with the tokens of
//! each head along the last axis, as maps have their pixels.
//!
//! Neither the forward pass nor the gradients keep a number for each pair of tokens: two for each query are enough to find
//! its shares anew (Dao et al., *Fast and Memory-Efficient Exact Attention with IO-Awareness*, NeurIPS 2022, section 3.1).

mod backend;
mod cpu;
mod formula;
mod gradients;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::AttentionBackend;

/// What each of n tokens takes from m others: `queries` `[g, p, d, n]`, `keys` and `values` `[g, p, d, m]`, the result
/// `[g, p, d, n]`. A `bias` `[g, 1, m, n]`, the same for all p, is added to the products, scaled by 1/√d, of keys and
/// queries. Differentiable in all four.
///
/// # Panics
///
/// When the sizes disagree: a network that asks for this is a bug.
#[must_use]
pub fn attention(
    queries: Tensor<4>,
    keys: Tensor<4>,
    values: Tensor<4>,
    bias: Option<Tensor<4>>,
) -> Tensor<4> {
    let [groups, parts, depth, asking] = queries.dims();
    let asked = keys.dims()[3];
    assert_eq!(
        keys.dims(),
        [groups, parts, depth, asked],
        "attention: keys"
    );
    assert_eq!(values.dims(), keys.dims(), "attention: values");
    let bias = match bias {
        Some(bias) => {
            assert_eq!(bias.dims(), [groups, 1, asked, asking], "attention: bias");
            bias
        }
        None => Tensor::zeros([0, 1, asked, asking], (&queries.device(), queries.dtype())),
    };
    let (taken, _) = <Dispatch as AttentionBackend>::token_attention(
        queries.into_dispatch(),
        keys.into_dispatch(),
        values.into_dispatch(),
        bias.into_dispatch(),
    );
    Tensor::from_dispatch(taken)
}

#[cfg(test)]
mod tests;
