//! The operation as each backend implements it.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::cpu::{self, Factors, Sizes};
use super::formula;

/// Maps times factors, and the gradient with respect to the factors. That with respect to the maps is the gradient times the
/// factors.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ScaleBackend: Backend {
    /// `[b, c, h, w]` times `[b, c, 1, 1]`, where b and c may be 1, or `[b, 1, h, w]`.
    #[fusion(default)]
    fn scaled(map: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        formula::forward::<Self>(map, factors)
    }

    /// The gradient with respect to the factors, in their shape.
    #[fusion(default)]
    fn factor_gradient(
        map: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        formula::factor_gradient::<Self>(map, &factors, gradient)
    }
}

impl ScaleBackend for CubeBackend {}

fn sizes_of(map: &FlexTensor, factors: &FlexTensor) -> Sizes {
    let [batch, channels, rows, columns] = map.shape().dims();
    let [b, c, h, w] = factors.shape().dims();
    let has_planes = [h, w] == [1, 1];
    Sizes {
        batch,
        channels,
        pixels: rows * columns,
        factors: if has_planes {
            Factors::Planes {
                of_image: b > 1,
                of_channel: c > 1,
            }
        } else {
            Factors::Pixels
        },
    }
}

impl ScaleBackend for Flex {
    fn scaled(map: FlexTensor, factors: FlexTensor) -> FlexTensor {
        let sizes = sizes_of(&map, &factors);
        if map.dtype() != DType::F32 || map.shape().num_elements() == 0 {
            return formula::forward::<Self>(map, factors);
        }
        let (map, factors) = (map.to_contiguous(), factors.to_contiguous());
        let output = cpu::scaled(map.storage(), factors.storage(), sizes);
        FlexTensor::from_data(TensorData::new(output, map.shape()))
    }

    fn factor_gradient(map: FlexTensor, factors: FlexTensor, gradient: FlexTensor) -> FlexTensor {
        let sizes = sizes_of(&map, &factors);
        if map.dtype() != DType::F32 || map.shape().num_elements() == 0 {
            return formula::factor_gradient::<Self>(map, &factors, gradient);
        }
        let (map, gradient) = (map.to_contiguous(), gradient.to_contiguous());
        let sums = cpu::factor_gradient(map.storage(), gradient.storage(), sizes);
        FlexTensor::from_data(TensorData::new(sums, factors.shape()))
    }
}
