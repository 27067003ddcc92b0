//! The functions on the CPU: one vectorised pass each, on all cores.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into a dispatched call is compiled for the CPU's instruction set"
)]

use std::f32::consts::FRAC_1_SQRT_2;
use std::marker::PhantomData;

use pulp::NullaryFnOnce;
use rayon::prelude::*;

use super::function::Function;
use crate::cpu::instruction_set::arch;
use crate::cpu::output::{Output, written};
use crate::cpu::vector::{erf, exp, sigmoid};

/// Numbers per piece of work.
const CHUNK: usize = 16 * 1024;

/// Φ.
#[inline(always)]
fn below(x: f32) -> f32 {
    0.5 * (1.0 + erf(x * FRAC_1_SQRT_2))
}

/// φ.
#[inline(always)]
fn density(x: f32) -> f32 {
    0.398_942_3 * exp(-0.5 * x * x)
}

/// A function of one number of the input and one of the gradient.
trait Pass: Copy + Sync {
    fn apply(x: f32, gradient: f32) -> f32;
}

/// Declares passes as types, because they must be inlined into the dispatched call, which closures of this length are not.
macro_rules! passes {
    ($($name:ident: |$x:ident, $gradient:ident| $value:expr;)*) => {$(
        #[derive(Clone, Copy)]
        struct $name;

        impl Pass for $name {
            #[inline(always)]
            fn apply($x: f32, $gradient: f32) -> f32 {
                $value
            }
        }
    )*};
}

passes! {
    Gelu: |x, _g| x * below(x);
    Silu: |x, _g| x * sigmoid(x);
    Sigmoid: |x, _g| sigmoid(x);
    GeluGradient: |x, g| g * (below(x) + x * (density(x)));
    SiluGradient: |x, g| {
        let sigma = sigmoid(x);
        g * (sigma * (1.0 + x * (1.0 - sigma)))
    };
    SigmoidGradient: |x, g| {
        let sigma = sigmoid(x);
        g * (sigma * (1.0 - sigma))
    };
}

pub(super) fn forward(input: &[f32], function: Function) -> Vec<f32> {
    match function {
        Function::Gelu => map(Gelu, [input, input]),
        Function::Silu => map(Silu, [input, input]),
        Function::Sigmoid => map(Sigmoid, [input, input]),
    }
}

/// The gradient with respect to the input.
pub(super) fn gradient(input: &[f32], gradient: &[f32], function: Function) -> Vec<f32> {
    let both = [input, gradient];
    match function {
        Function::Gelu => map(GeluGradient, both),
        Function::Silu => map(SiluGradient, both),
        Function::Sigmoid => map(SigmoidGradient, both),
    }
}

/// A pass over every pair of numbers.
fn map<P: Pass>(_pass: P, [left, right]: [&[f32]; 2]) -> Vec<f32> {
    let arch = arch();
    let write = |output: Output| {
        let chunks = left.par_chunks(CHUNK).zip(right.par_chunks(CHUNK));
        chunks.enumerate().for_each(|(number, (left, right))| {
            #[expect(unsafe_code, reason = "threads write disjoint parts of one output")]
            // SAFETY: the chunk's own numbers.
            let target = unsafe { output.part(number * CHUNK, left.len()) };
            arch.dispatch(Work::<P> {
                target,
                left,
                right,
                pass: PhantomData,
            });
        });
    };
    #[expect(unsafe_code, reason = "the chunks cover every number")]
    // SAFETY: the chunks cover every number, so every element is written.
    unsafe {
        written(left.len(), write)
    }
}

struct Work<'a, P> {
    target: &'a mut [f32],
    left: &'a [f32],
    right: &'a [f32],
    pass: PhantomData<P>,
}

impl<P: Pass> NullaryFnOnce for Work<'_, P> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let pairs = self.left.iter().zip(self.right);
        for (target, (&left, &right)) in self.target.iter_mut().zip(pairs) {
            *target = P::apply(left, right);
        }
    }
}
