//! The WGSL, as it lies in `shaders/peak`.

use crate::kernel::Kernel;

pub(crate) static FMA: Kernel = Kernel {
    name: "peak/fma",
    sources: &[
        include_str!("../../../../shaders/peak/fma.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};

pub(crate) static COPY: Kernel = Kernel {
    name: "peak/copy",
    sources: &[
        include_str!("../../../../shaders/peak/copy.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};
