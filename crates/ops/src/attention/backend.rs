//! Attention as an operation that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::{cpu, formula};

/// Attention and its gradients. A bias with 0 groups means no bias.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait AttentionBackend: Backend {
    /// `[g, p, d, n]`, `[g, p, d, m]` twice, `[g, 1, m, n]` → `[g, p, d, n]`, and `[g, p, 2, n]`: each query's largest
    /// product, and 1 over its sum of powers.
    #[fusion(default)]
    fn token_attention(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        formula::forward::<Self>(queries, keys, values, bias)
    }

    /// The gradients with respect to queries, keys, values and bias. `statistics` are those of [`Self::token_attention`].
    #[fusion(default)]
    fn token_attention_gradients(
        queries: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        let found = formula::gradients::<Self>(queries, keys, values, bias, statistics, gradient);
        (found.queries, found.keys, found.values, found.bias)
    }
}

impl AttentionBackend for CubeBackend {}

fn sizes_of(queries: &FlexTensor, keys: &FlexTensor, bias: &FlexTensor) -> cpu::Sizes {
    let [groups, parts, depth, query_count] = queries.shape().dims();
    cpu::Sizes {
        groups,
        parts,
        depth,
        query_count,
        key_count: keys.shape()[3],
        is_biased: bias.shape()[0] > 0,
    }
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

impl AttentionBackend for Flex {
    fn token_attention(
        queries: FlexTensor,
        keys: FlexTensor,
        values: FlexTensor,
        bias: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        let sizes = sizes_of(&queries, &keys, &bias);
        if queries.dtype() != DType::F32 || !sizes.fit() {
            return formula::forward::<Self>(queries, keys, values, bias);
        }
        let [queries, keys, values, bias] =
            [queries, keys, values, bias].map(|tensor| tensor.to_contiguous());
        let input = cpu::Input {
            queries: queries.storage(),
            keys: keys.storage(),
            values: values.storage(),
            bias: bias.storage(),
        };
        let (result, statistics) = cpu::forward(input, sizes);
        let [groups, parts, depth, query_count] = queries.shape().dims();
        (
            tensor(result, [groups, parts, depth, query_count]),
            tensor(statistics, [groups, parts, 2, query_count]),
        )
    }

    fn token_attention_gradients(
        queries: FlexTensor,
        keys: FlexTensor,
        values: FlexTensor,
        bias: FlexTensor,
        statistics: FlexTensor,
        gradient: FlexTensor,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let sizes = sizes_of(&queries, &keys, &bias);
        if queries.dtype() != DType::F32 || !sizes.fit() {
            let found =
                formula::gradients::<Self>(queries, keys, values, bias, statistics, gradient);
            return (found.queries, found.keys, found.values, found.bias);
        }
        let [queries, keys, values, bias, statistics, gradient] =
            [queries, keys, values, bias, statistics, gradient]
                .map(|tensor| tensor.to_contiguous());
        let input = cpu::Input {
            queries: queries.storage(),
            keys: keys.storage(),
            values: values.storage(),
            bias: bias.storage(),
        };
        let found = cpu::gradients(input, sizes, statistics.storage(), gradient.storage());
        let like = |values: Vec<f32>, tensor: &FlexTensor| {
            FlexTensor::from_data(TensorData::new(values, tensor.shape()))
        };
        (
            like(found.queries, &queries),
            like(found.keys, &keys),
            like(found.values, &values),
            like(found.bias, &bias),
        )
    }
}
