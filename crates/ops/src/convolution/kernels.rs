//! The convolution's WGSL, as it lies in `shaders/convolution`.

use crate::kernel::Kernel;

macro_rules! kernel {
    ($file:literal, $workgroup:literal, [$($shared:literal),*]) => {
        Kernel {
            name: concat!("convolution/", $file),
            sources: &[
                include_str!(concat!("../../../../shaders/convolution/", $file, ".wgsl")),
                $(include_str!(concat!("../../../../shaders/", $shared, ".wgsl"))),*
            ],
            workgroup: $workgroup,
        }
    };
}

macro_rules! patch {
    ($file:literal, $workgroup:literal) => {
        kernel!(
            $file,
            $workgroup,
            [
                "shared/grid",
                "convolution/shared/convolution",
                "convolution/shared/pixels",
                "convolution/shared/patch"
            ]
        )
    };
}

pub(crate) static PACK: Kernel = kernel!("pack", 64, ["shared/grid"]);
pub(crate) static DIRECT: Kernel = kernel!(
    "direct",
    64,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static REGISTERS: Kernel = kernel!(
    "registers",
    32,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels"
    ]
);
pub(crate) static REGISTERS_3X3: Kernel = kernel!(
    "registers_3x3",
    32,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static TILES: Kernel = kernel!(
    "tiles",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels"
    ]
);
pub(crate) static PATCH_64: Kernel = patch!("patch_64", 256);
pub(crate) static PATCH_64_LOW: Kernel = patch!("patch_64_low", 128);
pub(crate) static PATCH_32: Kernel = patch!("patch_32", 128);
pub(crate) static PATCH_16: Kernel = patch!("patch_16", 128);
pub(crate) static TILES_1X1: Kernel = kernel!(
    "tiles_1x1",
    128,
    [
        "shared/grid",
        "convolution/shared/convolution",
        "convolution/shared/pixels"
    ]
);
pub(crate) static WEIGHT_DIRECT: Kernel = kernel!(
    "weight_direct",
    64,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_REGISTERS: Kernel = kernel!(
    "weight_registers",
    32,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_REGISTERS_3X3: Kernel = kernel!(
    "weight_registers_3x3",
    32,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_TILES: Kernel = kernel!(
    "weight_tiles",
    128,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_1X1: Kernel = kernel!(
    "weight_1x1",
    128,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static WEIGHT_PATCH: Kernel = kernel!(
    "weight_patch",
    128,
    ["shared/grid", "convolution/shared/convolution"]
);
pub(crate) static BIAS_GRADIENT: Kernel =
    kernel!("bias_gradient", 64, ["shared/grid", "shared/total"]);
