//! The step in Burn's built-in operations, in the order of Burn's optimizer: the bits are the same.

use burn::backend::Backend;
use burn::backend::tensor::FloatTensor;

use super::step::Step;

pub(super) fn adamw<B: Backend>(
    parameter: FloatTensor<B>,
    gradient: FloatTensor<B>,
    means: FloatTensor<B>,
    squares: FloatTensor<B>,
    step: Step,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let times = |tensor, factor: f32| B::float_mul_scalar(tensor, factor.into());
    let [mean, square] = step.betas;
    let means = B::float_add(times(means, mean), times(gradient.clone(), 1.0 - mean));
    let squares = B::float_add(
        times(squares, square),
        times(B::float_mul(gradient.clone(), gradient), 1.0 - square),
    );
    let corrected = |tensor, correction: f32| B::float_div_scalar(tensor, correction.into());
    let size = B::float_sqrt(corrected(squares.clone(), step.corrections[1]));
    let change = B::float_div(
        corrected(means.clone(), step.corrections[0]),
        B::float_add_scalar(size, step.epsilon.into()),
    );
    let decayed = if step.decay == 0.0 {
        parameter
    } else {
        B::float_mul_scalar(parameter, (1.0 - step.decay).into())
    };
    let parameter = B::float_sub(decayed, B::float_mul_scalar(change, step.rate.into()));
    (parameter, means, squares)
}
