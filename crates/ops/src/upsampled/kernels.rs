//! The WGSL of the taps, as it lies in `shaders/upsampled`.

use crate::kernel::Kernel;

pub(crate) static AXIS: Kernel = Kernel {
    name: "upsampled/axis",
    sources: &[
        include_str!("../../../../shaders/upsampled/axis.wgsl"),
        include_str!("../../../../shaders/shared/axis.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};

pub(crate) static AXIS_GRADIENT: Kernel = Kernel {
    name: "upsampled/axis_gradient",
    sources: &[
        include_str!("../../../../shaders/upsampled/axis_gradient.wgsl"),
        include_str!("../../../../shaders/shared/axis.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};
