//! The convolution on Burn's flex backend.

mod gathered;
mod grouped;
mod order;
mod phases;
mod taps;
mod ungrouped;
mod winograd;

use burn::backend::flex::FlexTensor;

use super::geometry::Geometry;

pub(super) use ungrouped::bias_gradient;

pub(super) fn forward(
    input: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    geometry: Geometry,
) -> FlexTensor {
    if geometry.groups == 1 {
        ungrouped::forward(input, weight, bias, geometry)
    } else {
        grouped::forward(input, weight, bias, geometry)
    }
}

pub(super) fn input_gradient(
    gradient: &FlexTensor,
    weight: &FlexTensor,
    geometry: Geometry,
    size: [usize; 2],
) -> FlexTensor {
    if geometry.groups == 1 {
        ungrouped::input_gradient(gradient, weight, geometry, size)
    } else {
        grouped::input_gradient(gradient, weight, geometry, size)
    }
}

pub(super) fn weight_gradient(
    input: &FlexTensor,
    gradient: &FlexTensor,
    geometry: Geometry,
    kernel: [usize; 2],
) -> FlexTensor {
    if geometry.groups == 1 {
        ungrouped::weight_gradient(input, gradient, geometry, kernel)
    } else {
        grouped::weight_gradient(input, gradient, geometry, kernel)
    }
}
