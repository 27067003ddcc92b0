//! Elementwise functions: the Gaussian error linear unit (Hendrycks and Gimpel, arXiv 1606.08415), `x·Φ(x)` with the exact Φ; the
//! sigmoid linear unit (same paper), `x·σ(x)`; and the sigmoid σ.
//!
//! On the CPU each function and each gradient is one vectorised pass on all cores; only the input is kept for the gradient. On GPUs
//! they are composed of Burn's built-in operations. Burn's own gradient of the GELU is not used: there it is the gradient of the
//! approximation by a hyperbolic tangent, which differs by up to 9·10⁻⁴.

mod backend;
mod cpu;
mod formula;
mod function;
mod node;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::ActivationBackend;
use function::Function;

/// x·Φ(x) of every element x, where Φ is the standard normal distribution function. Differentiable.
#[must_use]
pub fn gelu(input: Tensor<4>) -> Tensor<4> {
    apply(input, Function::Gelu)
}

/// x·σ(x) of every element x. Differentiable.
#[must_use]
pub fn silu(input: Tensor<4>) -> Tensor<4> {
    apply(input, Function::Silu)
}

/// 1 / (1 + e^(−x)) of every element x. Differentiable.
#[must_use]
pub fn sigmoid(input: Tensor<4>) -> Tensor<4> {
    apply(input, Function::Sigmoid)
}

fn apply(input: Tensor<4>, function: Function) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::activation(
        input.into_dispatch(),
        function,
    ))
}

#[cfg(test)]
mod tests;
