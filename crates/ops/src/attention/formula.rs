//! Attention in Burn's built-in operations: the definition that the CPU path is tested against, and the fallback.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Scalar;

use super::gradients::Gradients;

fn transposed<B: Backend>(tensor: FloatTensor<B>) -> FloatTensor<B> {
    B::float_swap_dims(tensor, 2, 3)
}

/// 1/√d.
fn scale<B: Backend>(queries: &FloatTensor<B>) -> Scalar {
    let [_, _, depth, _] = queries.shape().dims::<4>();
    Scalar::from(1.0 / (depth as f64).sqrt())
}

/// Products of queries and keys `[g, p, n, m]`.
fn products<B: Backend>(
    queries: FloatTensor<B>,
    keys: FloatTensor<B>,
    bias: FloatTensor<B>,
) -> FloatTensor<B> {
    let scale = scale::<B>(&queries);
    let queries = B::float_mul_scalar(queries, scale);
    let products = B::float_matmul(transposed::<B>(queries), keys);
    if bias.shape()[0] == 0 {
        return products;
    }
    B::float_add(products, transposed::<B>(bias))
}

/// The result, and `[g, p, 2, n]`: each query's largest product, and 1 over its sum of powers.
pub(super) fn forward<B: Backend>(
    queries: FloatTensor<B>,
    keys: FloatTensor<B>,
    values: FloatTensor<B>,
    bias: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let products = products::<B>(queries, keys, bias);
    let largest = B::float_max_dim(products.clone(), 3);
    let powers = B::float_exp(B::float_sub(products, largest.clone()));
    let share = B::float_recip(B::float_sum_dim(powers.clone(), 3));
    let weights = B::float_mul(powers, share.clone());
    let result = B::float_matmul(values, transposed::<B>(weights));
    let statistics = B::float_cat(vec![transposed::<B>(largest), transposed::<B>(share)], 2);
    (result, statistics)
}

/// The gradients with respect to queries, keys, values and bias.
pub(super) fn gradients<B: Backend>(
    queries: FloatTensor<B>,
    keys: FloatTensor<B>,
    values: FloatTensor<B>,
    bias: FloatTensor<B>,
    statistics: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> Gradients<B> {
    let [groups, parts, _, query_count] = queries.shape().dims::<4>();
    let row = |number: usize| {
        let slices = [0..groups, 0..parts, number..number + 1, 0..query_count].map(Into::into);
        transposed::<B>(B::float_slice(statistics.clone(), &slices))
    };
    let products = products::<B>(queries.clone(), keys.clone(), bias.clone());
    let powers = B::float_exp(B::float_sub(products, row(0)));
    let weights = B::float_mul(powers, row(1));
    let by_values = B::float_matmul(gradient.clone(), weights.clone());
    let by_weights = B::float_matmul(transposed::<B>(gradient), values);
    let weighted = B::float_mul(weights.clone(), by_weights.clone());
    let mean = B::float_sum_dim(weighted, 3);
    let by_products = B::float_mul(weights, B::float_sub(by_weights, mean));
    let scale = scale::<B>(&queries);
    let scaled = B::float_mul_scalar(by_products.clone(), scale);
    Gradients {
        queries: B::float_matmul(keys, transposed::<B>(scaled.clone())),
        keys: B::float_matmul(queries, scaled),
        values: by_values,
        bias: if bias.shape()[0] == 0 {
            bias
        } else {
            transposed::<B>(B::float_sum_dim(by_products, 1))
        },
    }
}
