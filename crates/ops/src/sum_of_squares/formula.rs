//! The sum in Burn's built-in operations.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

pub(super) fn sums<B: Backend>(
    tensors: [FloatTensor<B>; 6],
    count: usize,
    squared: bool,
) -> FloatTensor<B> {
    let sums = tensors.into_iter().take(count).map(|tensor| {
        let numbers = if squared {
            B::float_mul(tensor.clone(), tensor)
        } else {
            tensor
        };
        B::float_sum(numbers)
    });
    sums.reduce(B::float_add).expect("at least one tensor")
}
