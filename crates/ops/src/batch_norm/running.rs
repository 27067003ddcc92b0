//! The running statistics of a layer, moved towards those of a batch.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{Shape, Slice};

/// How far they move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Move {
    /// The weight of the batch's statistics.
    momentum: f64,
    /// What turns the batch's population variance into that of a sample.
    correction: f64,
}

impl Move {
    /// For a batch with this many numbers in each channel.
    pub(super) fn new(momentum: f64, count: usize) -> Self {
        let count = count as f64;
        Self {
            momentum,
            correction: count / (count - 1.0).max(1.0),
        }
    }

    /// 1 − momentum, momentum and correction, as the last settings of `shaders/batch_norm/running.wgsl`.
    pub(super) fn settings(self) -> [u32; 3] {
        [1.0 - self.momentum, self.momentum, self.correction]
            .map(|number| (number as f32).to_bits())
    }
}

/// Running mean `[c]` and variance `[c]`, and the batch's statistics `[2, c]` → `[2, c]`: both moved.
pub(super) fn moved<B: Backend>(
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    found: FloatTensor<B>,
    change: Move,
) -> FloatTensor<B> {
    let Move {
        momentum,
        correction,
    } = change;
    let [_, channels] = found.shape().dims();
    let times = |tensor, factor: f64| B::float_mul_scalar(tensor, factor.into());
    let row = |number: usize| {
        B::float_slice(
            found.clone(),
            &[Slice::from(number..number + 1), Slice::from(0..channels)],
        )
    };
    let toward = |running, found| {
        let running = B::float_reshape(running, Shape::new([1, channels]));
        B::float_add(times(running, 1.0 - momentum), times(found, momentum))
    };
    B::float_cat(
        vec![
            toward(mean, row(0)),
            toward(variance, times(row(1), correction)),
        ],
        0,
    )
}
