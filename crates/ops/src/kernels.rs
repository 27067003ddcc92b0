//! The kernels of all operations.

use crate::kernel::Kernel;
use crate::{adamw, batch_norm, convolution, graph, layer_norm, peak, resize, sums, upsampled};

/// Every kernel of the operations, for checks without a device.
pub static KERNELS: [&Kernel; 36] = [
    &resize::graphics::AXIS,
    &resize::graphics::AXIS_GRADIENT,
    &convolution::graphics::kernels::PACK,
    &convolution::graphics::kernels::DIRECT,
    &convolution::graphics::kernels::REGISTERS,
    &convolution::graphics::kernels::REGISTERS_3X3,
    &convolution::graphics::kernels::TILES,
    &convolution::graphics::kernels::PATCH_64,
    &convolution::graphics::kernels::PATCH_64_LOW,
    &convolution::graphics::kernels::PATCH_32,
    &convolution::graphics::kernels::PATCH_16,
    &convolution::graphics::kernels::TILES_1X1,
    &convolution::graphics::kernels::WEIGHT_DIRECT,
    &convolution::graphics::kernels::WEIGHT_REGISTERS,
    &convolution::graphics::kernels::WEIGHT_REGISTERS_3X3,
    &convolution::graphics::kernels::WEIGHT_TILES,
    &convolution::graphics::kernels::WEIGHT_PATCH,
    &convolution::graphics::kernels::WEIGHT_1X1,
    &convolution::graphics::kernels::BIAS_GRADIENT,
    &batch_norm::graphics::MOMENTS,
    &batch_norm::graphics::STATISTICS,
    &batch_norm::graphics::NORMALISE,
    &batch_norm::graphics::PARAMETER_GRADIENTS,
    &batch_norm::graphics::INPUT_GRADIENT,
    &layer_norm::graphics::NORMALISE,
    &layer_norm::graphics::PARAMETER_GRADIENTS,
    &layer_norm::graphics::INPUT_GRADIENT,
    &graph::graphics::NEAREST,
    &graph::graphics::MAX_RELATIVE,
    &graph::graphics::MAX_RELATIVE_GRADIENT,
    &adamw::graphics::STEP,
    &sums::ROWS,
    &upsampled::graphics::AXIS,
    &upsampled::graphics::AXIS_GRADIENT,
    &peak::graphics::FMA,
    &peak::graphics::COPY,
];
