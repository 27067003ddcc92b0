//! The convolution's WGSL, as it lies in `shaders/conv`.

use crate::kernel::Kernel;

macro_rules! kernel {
    ($file:literal, $workgroup:literal, [$($shared:literal),*]) => {
        Kernel {
            name: concat!("conv/", $file),
            sources: &[
                include_str!(concat!("../../../../shaders/conv/", $file, ".wgsl")),
                $(include_str!(concat!("../../../../shaders/shared/", $shared, ".wgsl"))),*
            ],
            workgroup: $workgroup,
        }
    };
}

pub(super) static PACK: Kernel = kernel!("pack", 64, ["grid"]);
pub(super) static DIRECT: Kernel = kernel!("direct", 64, ["grid", "convolution"]);
pub(super) static REGISTERS: Kernel = kernel!("registers", 32, ["grid", "convolution", "pixels"]);
pub(super) static REGISTERS_3X3: Kernel = kernel!("registers_3x3", 32, ["grid", "convolution"]);
pub(super) static TILES: Kernel = kernel!("tiles", 128, ["grid", "convolution", "pixels"]);
pub(super) static WEIGHT_DIRECT: Kernel = kernel!("weight_direct", 64, ["grid", "convolution"]);
pub(super) static WEIGHT_REGISTERS: Kernel =
    kernel!("weight_registers", 32, ["grid", "convolution"]);
pub(super) static WEIGHT_REGISTERS_3X3: Kernel =
    kernel!("weight_registers_3x3", 32, ["grid", "convolution"]);
pub(super) static WEIGHT_TILES: Kernel = kernel!("weight_tiles", 128, ["grid", "convolution"]);
pub(super) static BIAS_GRADIENT: Kernel = kernel!("bias_gradient", 64, ["grid"]);
pub(super) static SUM: Kernel = kernel!("sum", 64, ["grid"]);

/// Every kernel of the convolution, for those who check them without a device.
pub(crate) static ALL: [&Kernel; 11] = [
    &PACK,
    &DIRECT,
    &REGISTERS,
    &REGISTERS_3X3,
    &TILES,
    &WEIGHT_DIRECT,
    &WEIGHT_REGISTERS,
    &WEIGHT_REGISTERS_3X3,
    &WEIGHT_TILES,
    &BIAS_GRADIENT,
    &SUM,
];
