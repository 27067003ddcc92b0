//! The steps as operations that each backend implements.

use burn::backend::flex::FlexTensor;
use burn::backend::ops::IntTensorOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{
    Backend, Flex, TensorMetadata, backend_extension, get_or_init_device_settings,
};
use burn::tensor::{DType, IntDType, TensorData};

use super::cpu::{max_relative, nearest};
use super::{formula, graphics};

/// The steps of a graph convolution, and the gradient of the second.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait GraphBackend: Backend {
    /// `[b, n, m]` → columns `[b, n, count]`.
    #[fusion(default)]
    fn nearest(distances: FloatTensor<Self>, count: usize) -> IntTensor<Self> {
        formula::nearest::<Self>(distances, count)
    }

    /// `[b, c, n]`, `[b, c, m]`, `[b, n, k]` → the excess `[b, c, n]`, and the index of the largest reference.
    #[fusion(default)]
    fn max_relative(
        nodes: FloatTensor<Self>,
        references: FloatTensor<Self>,
        neighbours: IntTensor<Self>,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        formula::max_relative::<Self>(nodes, references, neighbours)
    }

    /// The gradient with respect to the `size` references, from that with respect to the excess. `winners` are the indices from
    /// [`Self::max_relative`].
    #[fusion(default)]
    fn max_relative_gradient(
        gradient: FloatTensor<Self>,
        winners: IntTensor<Self>,
        size: usize,
    ) -> FloatTensor<Self> {
        formula::max_relative_gradient::<Self>(gradient, winners, size)
    }
}

impl GraphBackend for CubeBackend {
    fn nearest(distances: CubeTensor, count: usize) -> CubeTensor {
        if distances.dtype() != DType::F32 {
            return formula::nearest::<Self>(distances, count);
        }
        let settings = get_or_init_device_settings::<Self>(&distances.device());
        Self::int_cast(graphics::nearest(distances, count), settings.int_dtype)
    }

    fn max_relative(
        nodes: CubeTensor,
        references: CubeTensor,
        neighbours: CubeTensor,
    ) -> (CubeTensor, CubeTensor) {
        if nodes.dtype() == DType::F32 {
            let neighbours = Self::int_cast(neighbours, IntDType::I32);
            graphics::max_relative(nodes, references, neighbours)
        } else {
            formula::max_relative::<Self>(nodes, references, neighbours)
        }
    }

    fn max_relative_gradient(gradient: CubeTensor, winners: CubeTensor, size: usize) -> CubeTensor {
        if gradient.dtype() == DType::F32 {
            graphics::max_relative_gradient(gradient, winners, size)
        } else {
            formula::max_relative_gradient::<Self>(gradient, winners, size)
        }
    }
}

impl GraphBackend for Flex {
    fn nearest(distances: FlexTensor, count: usize) -> FlexTensor {
        let [batch, rows, columns] = distances.shape().dims();
        let distances = distances.to_contiguous();
        let found = match distances.dtype() {
            DType::F32 => nearest::smallest::<f32>(distances.storage(), columns, count),
            DType::F64 => nearest::smallest::<f64>(distances.storage(), columns, count),
            _ => return formula::nearest::<Self>(distances, count),
        };
        let settings = get_or_init_device_settings::<Self>(&distances.device());
        let found = FlexTensor::from_data(TensorData::new(found, [batch, rows, count]));
        Self::int_cast(found, settings.int_dtype)
    }

    fn max_relative(
        nodes: FlexTensor,
        references: FlexTensor,
        neighbours: FlexTensor,
    ) -> (FlexTensor, FlexTensor) {
        if nodes.dtype() != DType::F32 {
            return formula::max_relative::<Self>(nodes, references, neighbours);
        }
        let shape: [usize; 3] = nodes.shape().dims();
        let [_, _, size] = references.shape().dims();
        let [_, _, near] = neighbours.shape().dims();
        let neighbours = Self::int_cast(neighbours, IntDType::I32).to_contiguous();
        let (nodes, references) = (nodes.to_contiguous(), references.to_contiguous());
        let sizes = max_relative::Sizes {
            channels: shape[1],
            nodes: shape[2],
            references: size,
            near,
        };
        let (excess, winners) = max_relative::forward(
            nodes.storage(),
            references.storage(),
            neighbours.storage(),
            sizes,
        );
        (
            FlexTensor::from_data(TensorData::new(excess, shape)),
            FlexTensor::from_data(TensorData::new(winners, shape)),
        )
    }

    fn max_relative_gradient(gradient: FlexTensor, winners: FlexTensor, size: usize) -> FlexTensor {
        if gradient.dtype() != DType::F32 {
            return formula::max_relative_gradient::<Self>(gradient, winners, size);
        }
        let [batch, channels, count] = gradient.shape().dims();
        let (gradient, winners) = (gradient.to_contiguous(), winners.to_contiguous());
        let values = max_relative::gradient(gradient.storage(), winners.storage(), count, size);
        FlexTensor::from_data(TensorData::new(values, [batch, channels, size]))
    }
}
