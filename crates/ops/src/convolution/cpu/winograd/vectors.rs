//! Loads and stores of vectors at equal distances.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::Simd;

/// Loads the vectors at `start`, `start + step`, …
#[inline(always)]
pub(super) fn load<S: Simd, const N: usize>(
    simd: S,
    values: &[f32],
    start: usize,
    step: usize,
) -> [S::f32s; N] {
    let mut vectors = [simd.splat_f32s(0.0); N];
    for number in 0..N {
        vectors[number] = S::as_simd_f32s(&values[start + number * step..][..S::F32_LANES]).0[0];
    }
    vectors
}

/// Stores vectors at `start`, `start + step`, …
#[inline(always)]
pub(super) fn store<S: Simd, const N: usize>(
    values: &mut [f32],
    start: usize,
    step: usize,
    vectors: [S::f32s; N],
) {
    for number in 0..N {
        let place = &mut values[start + number * step..][..S::F32_LANES];
        S::as_mut_simd_f32s(place).0[0] = vectors[number];
    }
}
