//! Work that a device does as fast as it can, to measure everything else by: multiply-adds that need no memory, and copies
//! that need nothing else.

mod backend;
mod chains;
mod cpu;
pub(crate) mod graphics;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::PeakBackend;

pub use chains::{CHAINS, STEPS};

/// Drives [`CHAINS`] chains from each element of `seeds` `[n]`, which begin at the element plus 0, 1, …, each through
/// `rounds` multiply-adds (a multiple of [`STEPS`]): `n · CHAINS · rounds` of them. Gives the sum of each element's chains
/// `[n]`.
///
/// # Panics
///
/// When `rounds` is no multiple of [`STEPS`].
#[must_use]
pub fn multiply_adds(seeds: Tensor<1>, rounds: usize) -> Tensor<1> {
    assert!(rounds.is_multiple_of(STEPS), "rounds by {STEPS}");
    Tensor::from_dispatch(<Dispatch as PeakBackend>::multiply_adds(
        seeds.into_dispatch(),
        rounds,
    ))
}

/// Copies `source` `[n]`, n a multiple of 4, into the memory of `output` `[n]`, and gives that.
///
/// # Panics
///
/// When the two differ in size, or it is no multiple of 4.
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
