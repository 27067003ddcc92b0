//! Maps multiplied by a factor per channel, per image, per channel of each image, or per pixel of each image.

mod backend;
mod cpu;
mod formula;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ScaleBackend;

/// `map` `[b, c, h, w]` times `factors`, which are `[b, c, 1, 1]`, where b and c may each be 1, or `[b, 1, h, w]`. Differentiable
/// in both.
///
/// # Panics
///
/// When the factors have another shape: this is a bug in the network.
#[must_use]
pub fn scale(map: Tensor<4>, factors: Tensor<4>) -> Tensor<4> {
    let [batch, channels, rows, columns] = map.dims();
    let [b, c, h, w] = factors.dims();
    let of_channels = [1, batch].contains(&b) && [1, channels].contains(&c) && [h, w] == [1, 1];
    assert!(
        of_channels || [b, c, h, w] == [batch, 1, rows, columns],
        "scale: factors {:?} of maps {:?}",
        [b, c, h, w],
        [batch, channels, rows, columns]
    );
    Tensor::from_dispatch(<Dispatch as ScaleBackend>::scaled(
        map.into_dispatch(),
        factors.into_dispatch(),
    ))
}

#[cfg(test)]
mod tests;
