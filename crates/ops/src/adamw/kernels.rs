//! The step's WGSL, as it lies in `shaders/optimizer`.

use crate::kernel::Kernel;

pub(crate) static STEP: Kernel = Kernel {
    name: "optimizer/adamw",
    sources: &[
        include_str!("../../../../shaders/optimizer/adamw.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 64,
};
