//! Work at a device's peak rate, as a reference for all other measurements: multiply-adds that need no memory, and copies that
//! need nothing else.

mod backend;
mod chains;
mod cpu;
pub(crate) mod graphics;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::PeakBackend;

pub use chains::{CHAINS, STEPS};

/// Computes [`CHAINS`] chains for each element of `seeds` `[n]`, which start at the element plus 0, 1, …, with `rounds`
/// multiply-adds each (a multiple of [`STEPS`]): `n · CHAINS · rounds` in total. Returns the sum of each element's chains `[n]`.
///
/// # Panics
///
/// When `rounds` is not a multiple of [`STEPS`].
#[must_use]
pub fn multiply_adds(seeds: Tensor<1>, rounds: usize) -> Tensor<1> {
    assert!(rounds.is_multiple_of(STEPS), "rounds by {STEPS}");
    Tensor::from_dispatch(<Dispatch as PeakBackend>::multiply_adds(
        seeds.into_dispatch(),
        rounds,
    ))
}

/// Copies `source` `[n]`, n a multiple of 4, into the memory of `output` `[n]`, and returns it.
///
/// # Panics
///
/// When the sizes differ or are not multiples of 4.
#[must_use]
pub fn copy(source: Tensor<1>, output: Tensor<1>) -> Tensor<1> {
    let [length] = source.dims();
    assert_eq!([length], output.dims(), "copy: sizes");
    assert!(length.is_multiple_of(4), "copy: by fours");
    Tensor::from_dispatch(<Dispatch as PeakBackend>::copy(
        source.into_dispatch(),
        output.into_dispatch(),
    ))
}

#[cfg(test)]
mod tests;
