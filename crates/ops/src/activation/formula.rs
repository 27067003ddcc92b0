//! The functions and their derivatives in Burn's built-in operations.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Scalar;

use super::function::Function;

/// Φ.
fn below<B: Backend>(input: FloatTensor<B>) -> FloatTensor<B> {
    let erf = B::float_erf(B::float_mul_scalar(input, Scalar::from(FRAC_1_SQRT_2)));
    B::float_mul_scalar(
        B::float_add_scalar(erf, Scalar::from(1.0)),
        Scalar::from(0.5),
    )
}

pub(super) fn forward<B: Backend>(input: FloatTensor<B>, function: Function) -> FloatTensor<B> {
    match function {
        Function::Gelu => B::float_mul(input.clone(), below::<B>(input)),
        Function::Silu => B::float_mul(input.clone(), B::sigmoid(input)),
        Function::Sigmoid => B::sigmoid(input),
    }
}

/// The gradient with respect to the input.
pub(super) fn gradient<B: Backend>(
    input: FloatTensor<B>,
    gradient: FloatTensor<B>,
    function: Function,
) -> FloatTensor<B> {
    let plus_one = |tensor| B::float_add_scalar(tensor, Scalar::from(1.0));
    let slope = match function {
        Function::Gelu => {
            // Φ(x) + x·φ(x).
            let square = B::float_mul(input.clone(), input.clone());
            let density = B::float_exp(B::float_mul_scalar(square, Scalar::from(-0.5)));
            let density = B::float_mul_scalar(density, Scalar::from(1.0 / TAU.sqrt()));
            let moved = B::float_mul(input.clone(), density);
            B::float_add(below::<B>(input), moved)
        }
        Function::Silu => {
            // σ·(1 + x·(1 − σ)).
            let sigma = B::sigmoid(input.clone());
            let rest = plus_one(B::float_neg(sigma.clone()));
            B::float_mul(sigma, plus_one(B::float_mul(input, rest)))
        }
        Function::Sigmoid => {
            let sigma = B::sigmoid(input);
            let rest = plus_one(B::float_neg(sigma.clone()));
            B::float_mul(sigma, rest)
        }
    };
    B::float_mul(gradient, slope)
}
