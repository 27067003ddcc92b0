//! Maps joined along their channels. Burn's own operation keeps the joined map for the gradients; this one recomputes it on
//! devices that recompute.

mod backend;
pub(crate) mod graphics;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ConcatenateBackend;

/// `maps` `[b, cᵢ, h, w]` joined to `[b, Σ cᵢ, h, w]`. Differentiable. Two or five maps, the numbers that the networks use, are
/// recomputed for the gradients on devices that recompute.
///
/// # Panics
///
/// Without a map, or when batch, rows or columns differ.
#[must_use]
pub fn concatenate(maps: Vec<Tensor<4>>) -> Tensor<4> {
    let maps = match <[Tensor<4>; 2]>::try_from(maps) {
        Ok(maps) => {
            let [a, b] = maps.map(Tensor::into_dispatch);
            return Tensor::from_dispatch(<Dispatch as ConcatenateBackend>::join_two(a, b));
        }
        Err(maps) => maps,
    };
    match <[Tensor<4>; 5]>::try_from(maps) {
        Ok(maps) => {
            let [a, b, c, d, e] = maps.map(Tensor::into_dispatch);
            let joined = <Dispatch as ConcatenateBackend>::join_five(a, b, c, d, e);
            Tensor::from_dispatch(joined)
        }
        Err(maps) => Tensor::cat(maps, 1),
    }
}

#[cfg(test)]
mod tests;
