//! Maximum over squares. Burn's own operation keeps its output and the positions of the maxima for the gradient; this one
//! recomputes both on devices that recompute.

mod backend;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::MaxPoolBackend;

/// The maximum over each square of `side` pixels of `map` `[b, c, h, w]`: `[b, c, h / side, w / side]`. Differentiable. Of
/// equal pixels the first gets the gradient.
#[must_use]
pub fn max_pool2d(map: Tensor<4>, side: usize) -> Tensor<4> {
    if side == 1 {
        return map;
    }
    let pooled = <Dispatch as MaxPoolBackend>::max_of_squares(map.into_dispatch(), side);
    Tensor::from_dispatch(pooled)
}

#[cfg(test)]
mod tests;
