//! Functions of every number: the Gaussian error linear unit (Hendrycks and Gimpel, arXiv 1606.08415), `x·Φ(x)` with the exact
//! Φ; the sigmoid linear unit (the same), `x·σ(x)`; and the sigmoid σ.
//!
//! On the processor each is one pass of vectors on all cores, and so is its gradient, for which the input alone is kept. On
//! graphics adapters they are burn's operations, but for the GELU's gradient: burn's there is that of the approximation by a
//! hyperbolic tangent, which is up to 9·10⁻⁴ beside it.

mod backend;
mod cpu;
mod formula;
mod function;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ActivationBackend;
use function::Function;

/// Every element times the share of a normal distribution below it, differentiable.
#[must_use]
pub fn gelu(input: Tensor<4>) -> Tensor<4> {
    of(input, Function::Gelu)
}

/// Every element times its sigmoid, differentiable.
#[must_use]
pub fn silu(input: Tensor<4>) -> Tensor<4> {
    of(input, Function::Silu)
}

/// 1 / (1 + e^(−x)) of every element, differentiable.
#[must_use]
pub fn sigmoid(input: Tensor<4>) -> Tensor<4> {
    of(input, Function::Sigmoid)
}

fn of(input: Tensor<4>, function: Function) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::activation(
        input.into_dispatch(),
        function,
    ))
}

#[cfg(test)]
mod tests;
