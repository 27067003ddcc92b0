//! The resize's WGSL, as it lies in `shaders/resize`.

use crate::kernel::Kernel;

pub(crate) static AXIS: Kernel = Kernel {
    name: "resize/axis",
    sources: &[
        include_str!("../../../../shaders/resize/axis.wgsl"),
        include_str!("../../../../shaders/shared/axis.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};

pub(crate) static AXIS_GRADIENT: Kernel = Kernel {
    name: "resize/axis_gradient",
    sources: &[
        include_str!("../../../../shaders/resize/axis_gradient.wgsl"),
        include_str!("../../../../shaders/shared/axis.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};
