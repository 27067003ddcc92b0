//! The kernels of the convolution.

use crate::kernel::Kernel;

/// A kernel whose work is `convolve` in shaders/convolution/shared/patch.wgsl: its file, its workgroup, and the texts of its numbers
/// before and after that one.
macro_rules! patch {
    ($file:literal, $workgroup:literal, [$($numbers:literal),*], $products:literal) => {
        crate::kernel!(
            $file,
            $workgroup,
            [
                "shared/grid",
                "convolution/shared/convolution",
                "convolution/shared/pixels",
                "convolution/shared/store",
                "convolution/shared/part",
                "convolution/shared/tile",
                $($numbers,)*
                "convolution/shared/patch",
                $products
            ]
        )
    };
}
pub(super) use patch;

pub(crate) static PACK: Kernel = crate::kernel!("convolution/pack", 64, ["shared/grid"]);
pub(crate) static DIRECT: Kernel = crate::kernel!(
    "convolution/direct",
    64,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static REGISTERS: Kernel = crate::kernel!(
    "convolution/registers",
    32,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels",
        "convolution/shared/store"
    ]
);
pub(crate) static REGISTERS_3X3: Kernel = crate::kernel!(
    "convolution/registers_3x3",
    32,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/store"
    ]
);
pub(crate) static TILES: Kernel = crate::kernel!(
    "convolution/tiles",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels",
        "convolution/shared/store",
        "convolution/shared/part",
        "convolution/shared/tile",
        "convolution/shared/row"
    ]
);
pub(crate) static PATCH_64: Kernel = patch!(
    "convolution/patch_64",
    256,
    ["convolution/shared/single"],
    "convolution/shared/patch_single"
);
pub(crate) static PATCH_64_LOW: Kernel = patch!(
    "convolution/patch_64_low",
    128,
    ["convolution/shared/single"],
    "convolution/shared/patch_single"
);
pub(crate) static PATCH_32: Kernel = patch!(
    "convolution/patch_32",
    128,
    ["convolution/shared/single"],
    "convolution/shared/patch_single"
);
pub(crate) static PATCH_16: Kernel = patch!(
    "convolution/patch_16",
    128,
    ["convolution/shared/single"],
    "convolution/shared/patch_single"
);
pub(crate) static TILES_1X1: Kernel = crate::kernel!(
    "convolution/tiles_1x1",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels",
        "convolution/shared/store",
        "convolution/shared/part",
        "convolution/shared/tile",
        "convolution/shared/row",
        "convolution/shared/single",
        "convolution/shared/pointwise",
        "convolution/shared/pointwise_single"
    ]
);
pub(crate) static DEPTHWISE: Kernel = crate::kernel!(
    "convolution/depthwise",
    64,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/depthwise",
        "convolution/shared/depthwise_weights"
    ]
);
pub(crate) static DEPTHWISE_STRIDED: Kernel = crate::kernel!(
    "convolution/depthwise_strided",
    64,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/depthwise",
        "convolution/shared/depthwise_weights"
    ]
);
pub(crate) static WEIGHT_DEPTHWISE: Kernel = crate::kernel!(
    "convolution/weight_depthwise",
    64,
    [
        "shared/grid",
        "shared/total",
        "convolution/shared/convolution",
        "convolution/shared/depthwise"
    ]
);
pub(crate) static WEIGHT_DIRECT: Kernel = crate::kernel!(
    "convolution/weight_direct",
    64,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_REGISTERS: Kernel = crate::kernel!(
    "convolution/weight_registers",
    32,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/slopes"
    ]
);
pub(crate) static WEIGHT_REGISTERS_3X3: Kernel = crate::kernel!(
    "convolution/weight_registers_3x3",
    32,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/slopes"
    ]
);
pub(crate) static WEIGHT_TILES: Kernel = crate::kernel!(
    "convolution/weight_tiles",
    128,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_1X1: Kernel = crate::kernel!(
    "convolution/weight_1x1",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/weight_pointwise",
        "convolution/shared/weight_pointwise_single"
    ]
);
pub(crate) static WEIGHT_PATCH: Kernel = crate::kernel!(
    "convolution/weight_patch",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/weight_patch",
        "convolution/shared/weight_patch_single",
        "convolution/shared/weight_patch_64"
    ]
);
pub(crate) static WEIGHT_PATCH_16: Kernel = crate::kernel!(
    "convolution/weight_patch_16",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/weight_patch",
        "convolution/shared/weight_patch_single",
        "convolution/shared/weight_patch_16"
    ]
);
pub(crate) static BIAS_GRADIENT: Kernel = crate::kernel!(
    "convolution/bias_gradient",
    64,
    ["shared/grid", "shared/total"]
);
pub(crate) static WINOGRAD_INPUT: Kernel = crate::kernel!(
    "convolution/winograd_input",
    64,
    ["shared/grid", "convolution/shared/winograd"]
);
pub(crate) static WINOGRAD_PRODUCTS: Kernel = crate::kernel!(
    "convolution/winograd_products",
    128,
    ["shared/grid", "convolution/shared/winograd"]
);
pub(crate) static WINOGRAD_OUTPUT: Kernel = crate::kernel!(
    "convolution/winograd_output",
    64,
    ["shared/grid", "convolution/shared/winograd"]
);
pub(crate) static WINOGRAD_WEIGHTS: Kernel =
    crate::kernel!("convolution/winograd_weights", 64, ["shared/grid"]);
