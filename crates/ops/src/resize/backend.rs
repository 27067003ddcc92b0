//! The resize as an operation that every backend carries out in its own way, and its gradient node.

use burn::backend::autodiff::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{AutodiffBackend, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, TensorData};

use super::axis::Axis;
use super::{Corners, cpu, kernels};
use crate::autodiff::Anew;
use crate::kernel::{Kernel, contiguous, empty_like};

/// A resize of maps `[b, c, from[0], from[1]]` to `[b, c, to[0], to[1]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(super) from: [usize; 2],
    pub(super) to: [usize; 2],
    pub(super) corners: Corners,
}

impl Scale {
    /// 0: the rows, 1: the columns.
    fn axis(self, number: usize) -> Axis {
        Axis {
            from: self.from[number],
            to: self.to[number],
            corners: self.corners,
        }
    }
}

/// Bilinear resize of 32-bit numbers, and its gradient by the input.
#[backend_extension(Cube, Flex, Autodiff, Fusion: cfg(feature = "fusion"))]
pub(crate) trait ResizeBackend: Backend {
    /// `[b, c, from…]` → `[b, c, to…]`.
    #[fusion(meta = |input: &TensorSpec, scale: &Scale| spec(input, scale.to))]
    fn resize(input: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self>;

    /// `[b, c, to…]` → `[b, c, from…]`.
    #[fusion(meta = |gradient: &TensorSpec, scale: &Scale| spec(gradient, scale.from))]
    fn resize_gradient(gradient: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self>;
}

#[cfg(feature = "fusion")]
fn spec(input: &TensorSpec, size: [usize; 2]) -> TensorSpec {
    let [batch, channels, _, _] = input.shape.dims();
    TensorSpec::new([batch, channels, size[0], size[1]].into(), input.dtype)
}

impl ResizeBackend for CubeBackend {
    fn resize(input: CubeTensor, scale: Scale) -> CubeTensor {
        let [rows, columns] = [0, 1].map(|number| scale.axis(number));
        let wide = along(&kernels::AXIS, contiguous(input), 3, columns, columns.to);
        along(&kernels::AXIS, wide, 2, rows, rows.to)
    }

    fn resize_gradient(gradient: CubeTensor, scale: Scale) -> CubeTensor {
        let [rows, columns] = [0, 1].map(|number| scale.axis(number));
        let gradient = contiguous(gradient);
        let wide = along(&kernels::AXIS_GRADIENT, gradient, 2, rows, rows.from);
        along(&kernels::AXIS_GRADIENT, wide, 3, columns, columns.from)
    }
}

/// One dimension of maps by one kernel; `size` is its size afterwards.
fn along(
    kernel: &'static Kernel,
    maps: CubeTensor,
    dimension: usize,
    axis: Axis,
    size: usize,
) -> CubeTensor {
    if axis.from == axis.to {
        return maps;
    }
    let before: [usize; 4] = maps.shape().dims();
    let mut after = before;
    after[dimension] = size;
    let outer: usize = before[..dimension].iter().product();
    let inner: usize = before[dimension + 1..].iter().product();
    let output = empty_like(&maps, after, DType::F32);
    let settings = [
        outer,
        axis.from,
        axis.to,
        inner,
        usize::from(axis.corners == Corners::Aligned),
        // No taps, nothing between them and the axis, no bias.
        1,
        1,
        0,
    ];
    kernel.launch(
        (outer * size * inner).div_ceil(kernel.workgroup as usize),
        &[&maps, &output],
        &settings.map(|number| number as u32),
    );
    output
}

impl ResizeBackend for Flex {
    fn resize(input: FlexTensor, scale: Scale) -> FlexTensor {
        let input = input.to_contiguous();
        let values = cpu::forward(input.storage(), scale.axis(0), scale.axis(1));
        resized(values, &input, scale.to)
    }

    fn resize_gradient(gradient: FlexTensor, scale: Scale) -> FlexTensor {
        let gradient = gradient.to_contiguous();
        let values = cpu::gradient(gradient.storage(), scale.axis(0), scale.axis(1));
        resized(values, &gradient, scale.from)
    }
}

fn resized(values: Vec<f32>, of: &FlexTensor, size: [usize; 2]) -> FlexTensor {
    let [batch, channels, _, _] = of.shape().dims();
    let shape = [batch, channels, size[0], size[1]];
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The node of one resize in the graph of gradients.
#[derive(Debug)]
struct ResizeNode;

impl<B: ResizeBackend> Backward<B, 1> for ResizeNode {
    type State = Scale;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let [of_input] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        if let Some(node) = of_input {
            gradients.register::<B>(node.id, B::resize_gradient(gradient, ops.state));
        }
    }
}

impl<B: ResizeBackend, C: CheckpointStrategy> ResizeBackend for Autodiff<B, C> {
    fn resize(input: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self> {
        match ResizeNode
            .prepare::<C>([input.node()])
            .memory_bound()
            .retro_forward(Anew::<B, _, 1>::new([input.node().id()], move |[input]| {
                B::resize(input, scale)
            }))
            .parents([&input])
            .stateful()
        {
            OpsKind::Tracked(prepared) => {
                prepared.finish(scale, B::resize(input.into_primitive(), scale))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::resize(input.into_primitive(), scale))
            }
        }
    }

    fn resize_gradient(gradient: FloatTensor<Self>, scale: Scale) -> FloatTensor<Self> {
        // A gradient has none itself.
        Self::from_inner(B::resize_gradient(Self::inner(gradient), scale))
    }
}
