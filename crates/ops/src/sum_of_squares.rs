//! The sum of the squares of the numbers of many tensors: the squared norm of a network's gradient, six tensors in one launch.
//!
//! With Burn's operations a GPU needs three launches for each parameter, more than for its update.

mod backend;
mod formula;
pub(crate) mod graphics;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use backend::{SumOfSquaresBackend, Which};

/// The sum of the squares of all numbers, `[1]`; none without a tensor. Without a gradient.
#[must_use]
pub fn sum_of_squares(tensors: Vec<Tensor<1>>) -> Option<Tensor<1>> {
    let mut sums = tensors;
    let mut squared = true;
    // Each round leaves one tensor of a sixth of the tensors, and at last one number.
    while squared || sums.len() > 1 || sums.iter().any(|sum| sum.dims() != [1]) {
        if sums.is_empty() {
            return None;
        }
        sums = sums
            .chunks(6)
            .map(|six| sums_of_six(six, squared))
            .collect();
        squared = false;
    }
    sums.pop()
}

/// The partial sums of at most six tensors.
fn sums_of_six(six: &[Tensor<1>], squared: bool) -> Tensor<1> {
    // The operation has six tensors; those that are missing are not read.
    let tensor = |number: usize| six.get(number).unwrap_or(&six[0]).clone().into_dispatch();
    Tensor::from_dispatch(<Dispatch as SumOfSquaresBackend>::sums_of_six(
        tensor(0),
        tensor(1),
        tensor(2),
        tensor(3),
        tensor(4),
        tensor(5),
        Which {
            count: six.len(),
            squared,
        },
    ))
}

#[cfg(test)]
mod tests;
