//! The kernels of the convolution with products in half precision, and of the power of two for gradients.

use super::kernels::patch;
use crate::kernel::Kernel;

pub(crate) static PATCH_64_HALF: Kernel = patch!(
    "convolution/patch_64_half",
    256,
    ["convolution/shared/scaling", "convolution/shared/half"],
    "convolution/shared/patch_half"
);
pub(crate) static PATCH_64_LOW_HALF: Kernel = patch!(
    "convolution/patch_64_low_half",
    128,
    ["convolution/shared/scaling", "convolution/shared/half"],
    "convolution/shared/patch_half"
);
pub(crate) static PATCH_32_HALF: Kernel = patch!(
    "convolution/patch_32_half",
    128,
    ["convolution/shared/scaling", "convolution/shared/half"],
    "convolution/shared/patch_half"
);
pub(crate) static PATCH_16_HALF: Kernel = patch!(
    "convolution/patch_16_half",
    128,
    ["convolution/shared/scaling", "convolution/shared/half"],
    "convolution/shared/patch_half"
);
pub(crate) static TILES_1X1_HALF: Kernel = crate::kernel!(
    "convolution/tiles_1x1_half",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels",
        "convolution/shared/store",
        "convolution/shared/part",
        "convolution/shared/tile",
        "convolution/shared/scaling",
        "convolution/shared/half",
        "convolution/shared/pointwise",
        "convolution/shared/pointwise_half"
    ]
);
pub(crate) static WEIGHT_1X1_HALF: Kernel = crate::kernel!(
    "convolution/weight_1x1_half",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/scaling",
        "convolution/shared/weight_pointwise",
        "convolution/shared/weight_pointwise_half"
    ]
);
pub(crate) static WEIGHT_PATCH_HALF: Kernel = crate::kernel!(
    "convolution/weight_patch_half",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/scaling",
        "convolution/shared/weight_patch",
        "convolution/shared/weight_patch_half",
        "convolution/shared/weight_patch_64"
    ]
);
pub(crate) static WEIGHT_PATCH_16_HALF: Kernel = crate::kernel!(
    "convolution/weight_patch_16_half",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/scaling",
        "convolution/shared/weight_patch",
        "convolution/shared/weight_patch_half",
        "convolution/shared/weight_patch_16"
    ]
);
pub(crate) static LARGEST: Kernel = crate::kernel!(
    "convolution/largest",
    256,
    ["shared/grid", "convolution/shared/magnitude"]
);
pub(crate) static POWER: Kernel = crate::kernel!(
    "convolution/power",
    256,
    ["shared/grid", "convolution/shared/magnitude"]
);
