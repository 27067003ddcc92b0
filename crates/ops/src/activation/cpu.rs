//! The functions on the processor: one pass each, vectors on all cores.

use std::f32::consts::{FRAC_1_SQRT_2, TAU};

use rayon::prelude::*;

use super::Function;
use crate::output::{Output, written};
use crate::vector::{erf, exp, sigmoid};
use crate::vectorised::vectorised;

/// Numbers that a thread takes at a time.
const CHUNK: usize = 16 * 1024;

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the instructions of the processor at hand"
)]
fn below(x: f32) -> f32 {
    0.5 * (1.0 + erf(x * FRAC_1_SQRT_2))
}

pub(super) fn forward(input: &[f32], function: Function) -> Vec<f32> {
    match function {
        Function::Gelu => map([input, input], |x, _| x * below(x)),
        Function::Silu => map([input, input], |x, _| x * sigmoid(x)),
        Function::Sigmoid => map([input, input], |x, _| sigmoid(x)),
    }
}

/// The gradient by the input.
pub(super) fn gradient(input: &[f32], gradient: &[f32], function: Function) -> Vec<f32> {
    let scale = 1.0 / TAU.sqrt();
    let both = [input, gradient];
    match function {
        Function::Gelu => map(both, |x, g| {
            g * (below(x) + x * (scale * exp(-0.5 * x * x)))
        }),
        Function::Silu => map(both, |x, g| {
            let share = sigmoid(x);
            g * (share * (1.0 + x * (1.0 - share)))
        }),
        Function::Sigmoid => map(both, |x, g| {
            let share = sigmoid(x);
            g * (share * (1.0 - share))
        }),
    }
}

/// `of` every pair of numbers.
fn map([left, right]: [&[f32]; 2], of: impl Fn(f32, f32) -> f32 + Copy + Sync) -> Vec<f32> {
    let write = |output: Output| {
        let chunks = left.par_chunks(CHUNK).zip(right.par_chunks(CHUNK));
        chunks.enumerate().for_each(|(number, (left, right))| {
            #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
            // SAFETY: the chunk's own numbers.
            let target = unsafe { output.part(number * CHUNK, left.len()) };
            vectorised(|| {
                for ((target, &left), &right) in target.iter_mut().zip(left).zip(right) {
                    *target = of(left, right);
                }
            });
        });
    };
    #[expect(unsafe_code, reason = "the chunks cover every number")]
    // SAFETY: as the reason says.
    unsafe {
        written(left.len(), write)
    }
}
