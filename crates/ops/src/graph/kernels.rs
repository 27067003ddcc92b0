//! The WGSL of the graph's steps, as it lies in `shaders/graph`.

use crate::kernel::Kernel;

macro_rules! kernel {
    ($file:literal) => {
        Kernel {
            name: concat!("graph/", $file),
            sources: &[
                include_str!(concat!("../../../../shaders/graph/", $file, ".wgsl")),
                include_str!("../../../../shaders/shared/grid.wgsl"),
            ],
            workgroup: 64,
        }
    };
}

pub(crate) static NEAREST: Kernel = kernel!("nearest");
pub(crate) static MAX_RELATIVE: Kernel = kernel!("max_relative");
pub(crate) static MAX_RELATIVE_GRADIENT: Kernel = kernel!("max_relative_gradient");
