//! The step's WGSL, as it lies in `shaders/adamw`.

use crate::kernel::Kernel;

pub(crate) static STEP: Kernel = Kernel {
    name: "adamw/step",
    sources: &[
        include_str!("../../../../shaders/adamw/step.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 64,
};
