//! The transforms of F(4, 3) along one dimension, on vectors.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the CPU's instruction set"
)]

use pulp::Simd;

/// The interpolation points are 0, ±A, ±B and ∞.
const A: f32 = 0.5;
const B: f32 = 1.5;
const AA: f32 = A * A;
const BB: f32 = B * B;
/// Derivatives of x(x² − A²)(x² − B²) at 0, ±A and ±B, by which the kernel's places are divided.
const AT_ZERO: f32 = AA * BB;
const AT_A: f32 = 2.0 * AA * (AA - BB);
const AT_B: f32 = 2.0 * BB * (BB - AA);

/// Sum and difference: the values at the points p and −p.
#[inline(always)]
fn both<S: Simd>(simd: S, even: S::f32s, odd: S::f32s) -> [S::f32s; 2] {
    [simd.add_f32s(even, odd), simd.sub_f32s(even, odd)]
}

/// Bᵀ d: six pixels to six places.
#[inline(always)]
pub(super) fn of_input<S: Simd>(simd: S, d: [S::f32s; 6]) -> [S::f32s; 6] {
    let times = |factor: f32, x| simd.mul_f32s(simd.splat_f32s(factor), x);
    let add = |factor: f32, x, to| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, to);
    let first = add(AA * BB, d[0], add(-(AA + BB), d[2], d[4]));
    let last = add(AA * BB, d[1], add(-(AA + BB), d[3], d[5]));
    let [a, minus_a] = both(
        simd,
        add(-BB, d[2], d[4]),
        add(-A * BB, d[1], times(A, d[3])),
    );
    let [b, minus_b] = both(
        simd,
        add(-AA, d[2], d[4]),
        add(-B * AA, d[1], times(B, d[3])),
    );
    [first, a, minus_a, b, minus_b, last]
}

/// Aᵀ m: six places to four pixels.
#[inline(always)]
pub(super) fn to_output<S: Simd>(simd: S, m: [S::f32s; 6]) -> [S::f32s; 4] {
    let times = |factor: f32, x| simd.mul_f32s(simd.splat_f32s(factor), x);
    let add = |factor: f32, x, to| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, to);
    let [even_a, odd_a] = both(simd, m[1], m[2]);
    let [even_b, odd_b] = both(simd, m[3], m[4]);
    [
        simd.add_f32s(simd.add_f32s(m[0], even_a), even_b),
        add(A, odd_a, times(B, odd_b)),
        add(AA, even_a, times(BB, even_b)),
        add(A * AA, odd_a, add(B * BB, odd_b, m[5])),
    ]
}

/// A g: four pixels of the output's gradient to six places.
#[inline(always)]
pub(super) fn of_gradient<S: Simd>(simd: S, g: [S::f32s; 4]) -> [S::f32s; 6] {
    let times = |factor: f32, x| simd.mul_f32s(simd.splat_f32s(factor), x);
    let add = |factor: f32, x, to| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, to);
    let [a, minus_a] = both(simd, add(AA, g[2], g[0]), add(A * AA, g[3], times(A, g[1])));
    let [b, minus_b] = both(simd, add(BB, g[2], g[0]), add(B * BB, g[3], times(B, g[1])));
    [g[0], a, minus_a, b, minus_b, g[3]]
}

/// G g: three taps to six places.
#[inline(always)]
pub(super) fn of_kernel<S: Simd>(simd: S, g: [S::f32s; 3]) -> [S::f32s; 6] {
    let times = |factor: f32, x| simd.mul_f32s(simd.splat_f32s(factor), x);
    let add = |factor: f32, x, to| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, to);
    let even_a = add(AA / AT_A, g[2], times(1.0 / AT_A, g[0]));
    let even_b = add(BB / AT_B, g[2], times(1.0 / AT_B, g[0]));
    let [a, minus_a] = both(simd, even_a, times(A / AT_A, g[1]));
    let [b, minus_b] = both(simd, even_b, times(B / AT_B, g[1]));
    [times(1.0 / AT_ZERO, g[0]), a, minus_a, b, minus_b, g[2]]
}

/// Gᵀ s: six places to three taps.
#[inline(always)]
pub(super) fn to_kernel<S: Simd>(simd: S, s: [S::f32s; 6]) -> [S::f32s; 3] {
    let times = |factor: f32, x| simd.mul_f32s(simd.splat_f32s(factor), x);
    let add = |factor: f32, x, to| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, to);
    let [even_a, odd_a] = both(simd, s[1], s[2]);
    let [even_b, odd_b] = both(simd, s[3], s[4]);
    [
        add(
            1.0 / AT_ZERO,
            s[0],
            add(1.0 / AT_A, even_a, times(1.0 / AT_B, even_b)),
        ),
        add(A / AT_A, odd_a, times(B / AT_B, odd_b)),
        add(AA / AT_A, even_a, add(BB / AT_B, even_b, s[5])),
    ]
}
