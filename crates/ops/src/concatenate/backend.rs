//! The operation for two and for five maps.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, Flex, backend_extension};

/// Maps joined along their channels.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ConcatenateBackend: Backend {
    /// Two maps.
    #[fusion(default)]
    fn join_two(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_cat(vec![a, b], 1)
    }

    /// Five maps.
    #[fusion(default)]
    fn join_five(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::float_cat(vec![a, b, c, d, e], 1)
    }
}

impl ConcatenateBackend for Cube {}

impl ConcatenateBackend for Flex {}
