//! The running statistics of a layer, moved towards those of a batch: one launch on a GPU instead of seven.

use burn::backend::Dispatch;
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape, Slice, Tensor};

use super::Normalised;
use super::graphics::RUNNING;
use crate::kernel::{contiguous, empty_like};

/// How far, and from what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    /// The weight of the batch's statistics.
    momentum: f64,
    /// What turns the population variance into that of a sample.
    correction: f64,
}

/// Running mean and variance after a batch, as PyTorch moves them: the running variance is that of a sample (divisor n − 1).
/// `momentum` is the weight of the batch. Without a gradient.
#[must_use]
pub fn move_running(
    [mean, variance]: [Tensor<1>; 2],
    found: &Normalised,
    momentum: f64,
) -> [Tensor<1>; 2] {
    let [batch, _, rows, columns] = found.output.dims();
    let count = (batch * rows * columns) as f64;
    let moved = <Dispatch as RunningBackend>::move_running(
        mean.inner().into_dispatch(),
        variance.inner().into_dispatch(),
        found.statistics.clone().inner().into_dispatch(),
        Move {
            momentum,
            correction: count / (count - 1.0).max(1.0),
        },
    );
    let (mean, variance) = moved;
    [mean, variance].map(|tensor| Tensor::from_inner(Tensor::from_dispatch(tensor)))
}

/// The move as an operation that each backend implements.
#[backend_extension(Cube, Flex, Fusion: cfg(feature = "fusion"))]
pub(crate) trait RunningBackend: Backend {
    /// Running mean `[c]` and variance `[c]`, the batch's statistics `[2, c]` → both moved.
    #[fusion(default)]
    fn move_running(
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        found: FloatTensor<Self>,
        change: Move,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        formula::<Self>(mean, variance, found, change)
    }
}

impl RunningBackend for Flex {
    fn move_running(
        mean: FlexTensor,
        variance: FlexTensor,
        found: FlexTensor,
        change: Move,
    ) -> (FlexTensor, FlexTensor) {
        formula::<Self>(mean, variance, found, change)
    }
}

impl RunningBackend for CubeBackend {
    fn move_running(
        mean: CubeTensor,
        variance: CubeTensor,
        found: CubeTensor,
        change: Move,
    ) -> (CubeTensor, CubeTensor) {
        if [&mean, &variance, &found].map(|tensor| tensor.dtype()) != [DType::F32; 3] {
            return formula::<Self>(mean, variance, found, change);
        }
        let [mean, variance, found] = [mean, variance, found].map(contiguous);
        let [channels] = mean.shape().dims();
        let [moved_mean, moved_variance] =
            [(); 2].map(|()| empty_like(&mean, [channels], DType::F32));
        let Move {
            momentum,
            correction,
        } = change;
        let [kept, new, correction] =
            [1.0 - momentum, momentum, correction].map(|number| (number as f32).to_bits());
        RUNNING.launch(
            RUNNING.workgroups(channels),
            &[&mean, &variance, &found, &moved_mean, &moved_variance],
            &[channels as u32, kept, new, correction],
        );
        (moved_mean, moved_variance)
    }
}

fn formula<B: Backend>(
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    found: FloatTensor<B>,
    Move {
        momentum,
        correction,
    }: Move,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [_, channels] = found.shape().dims();
    let times = |tensor, factor: f64| B::float_mul_scalar(tensor, factor.into());
    let row = |number: usize| {
        let slices = [Slice::from(number..number + 1), Slice::from(0..channels)];
        let row = B::float_slice(found.clone(), &slices);
        B::float_reshape(row, Shape::new([channels]))
    };
    let moved =
        |running, found| B::float_add(times(running, 1.0 - momentum), times(found, momentum));
    (
        moved(mean, row(0)),
        moved(variance, times(row(1), correction)),
    )
}
