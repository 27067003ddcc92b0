//! The layer's WGSL, as it lies in `shaders/layer_norm`.

use crate::kernel::Kernel;

macro_rules! kernel {
    ($file:literal, [$($shared:literal),*]) => {
        Kernel {
            name: concat!("layer_norm/", $file),
            sources: &[
                include_str!(concat!("../../../../shaders/layer_norm/", $file, ".wgsl")),
                $(include_str!(concat!("../../../../shaders/", $shared, ".wgsl"))),*
            ],
            workgroup: 64,
        }
    };
}

pub(crate) static NORMALISE: Kernel = kernel!("normalise", ["shared/grid", "shared/layer"]);
pub(crate) static PARAMETER_GRADIENTS: Kernel = kernel!(
    "parameter_gradients",
    ["shared/grid", "shared/layer", "shared/total"]
);
pub(crate) static INPUT_GRADIENT: Kernel =
    kernel!("input_gradient", ["shared/grid", "shared/layer"]);
