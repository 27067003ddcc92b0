//! Which kernels compute products in half precision, and the power of two that gradients are multiplied by for them.

use std::cell::RefCell;

use burn::backend::TensorMetadata;
use burn::backend::wgpu::CubeTensor;
use burn::cubecl::ir::{ElemType, FloatKind};
use burn::tensor::DType;

use super::half_kernels::{
    LARGEST, PATCH_16_HALF, PATCH_32_HALF, PATCH_64_HALF, PATCH_64_LOW_HALF, POWER, TILES_1X1_HALF,
    WEIGHT_1X1_HALF, WEIGHT_PATCH_16_HALF, WEIGHT_PATCH_HALF,
};
use super::kernels::{
    PATCH_16, PATCH_32, PATCH_64, PATCH_64_LOW, TILES_1X1, WEIGHT_1X1, WEIGHT_PATCH,
    WEIGHT_PATCH_16,
};
use crate::kernel::{CHUNK, Kernel, empty_like};
use crate::precision::{self, Precision};

/// Kernels and their forms in half precision. The other kernels have none.
pub(crate) static HALVES: [(&Kernel, &Kernel); 8] = [
    (&PATCH_64, &PATCH_64_HALF),
    (&PATCH_64_LOW, &PATCH_64_LOW_HALF),
    (&PATCH_32, &PATCH_32_HALF),
    (&PATCH_16, &PATCH_16_HALF),
    (&TILES_1X1, &TILES_1X1_HALF),
    (&WEIGHT_PATCH, &WEIGHT_PATCH_HALF),
    (&WEIGHT_PATCH_16, &WEIGHT_PATCH_16_HALF),
    (&WEIGHT_1X1, &WEIGHT_1X1_HALF),
];

/// The most parts of a gradient whose largest values are computed apart.
const MOST_PARTS: usize = 1024;

/// Whether convolutions of `tensor` are computed in mixed precision: if this thread wants it and the device has 16-bit floats.
pub(super) fn is_mixed(tensor: &CubeTensor) -> bool {
    precision::current() == Precision::Mixed
        && tensor
            .client
            .properties()
            .supports_type(ElemType::Float(FloatKind::F16))
}

/// The form of `kernel` in half precision, if it is to be used for `tensor`.
pub(super) fn half_of(kernel: &Kernel, tensor: &CubeTensor) -> Option<&'static Kernel> {
    let found = HALVES.iter().find(|(single, _)| single.name == kernel.name);
    found.filter(|_| is_mixed(tensor)).map(|(_, half)| *half)
}

/// What is known of the scale of the next gradient.
enum Known {
    /// It may be that of any gradient.
    Nothing,
    /// All that follow have one scale, which is still unknown.
    IsShared,
    /// They have this one.
    Scale(Box<CubeTensor>),
}

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(Known::Nothing) };
}

/// Runs `work`, in which only one gradient is scaled, so that its largest value is computed once for both passes that read it.
pub(crate) fn of_one_gradient<R>(work: impl FnOnce() -> R) -> R {
    /// Also after a panic.
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            KNOWN.set(Known::Nothing);
        }
    }
    let _forget = Forget;
    KNOWN.set(Known::IsShared);
    work()
}

/// The power of two that brings the largest absolute value of a gradient to between 4 and 8, and its inverse: `[2]`, computed on the
/// device.
pub(super) fn scale_of(gradient: &CubeTensor) -> CubeTensor {
    let known = KNOWN.with_borrow(|known| match known {
        Known::Scale(scale) => Some(CubeTensor::clone(scale)),
        _ => None,
    });
    if let Some(scale) = known {
        return scale;
    }
    let count = gradient.shape().num_elements();
    let share = count.max(1).div_ceil(MOST_PARTS).next_multiple_of(CHUNK);
    let parts = count.div_ceil(share).max(1);
    let largest = empty_like(gradient, [parts], DType::F32);
    let scale = empty_like(gradient, [2], DType::F32);
    let settings = [count, share, parts].map(|number| number as u32);
    LARGEST.launch(parts, &[gradient, &largest], &settings);
    POWER.launch(1, &[&largest, &scale], &[parts as u32]);
    KNOWN.with_borrow_mut(|known| {
        if matches!(known, Known::IsShared) {
            *known = Known::Scale(Box::new(scale.clone()));
        }
    });
    scale
}
