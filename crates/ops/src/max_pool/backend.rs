//! The operation as each backend implements it.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, Flex, backend_extension};

/// Maxima over squares.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait MaxPoolBackend: Backend {
    /// `[b, c, h, w]` → `[b, c, h / side, w / side]`.
    #[fusion(default)]
    fn max_of_squares(map: FloatTensor<Self>, side: usize) -> FloatTensor<Self> {
        let square = [side; 2];
        Self::max_pool2d(map, square, square, [0; 2], [1; 2], false)
    }
}

impl MaxPoolBackend for Cube {}

impl MaxPoolBackend for Flex {}
