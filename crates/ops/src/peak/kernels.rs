//! The WGSL, as it lies in `shaders/bench`.

use crate::kernel::Kernel;

pub(crate) static FMA: Kernel = Kernel {
    name: "bench/fma",
    sources: &[
        include_str!("../../../../shaders/bench/fma.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};

pub(crate) static COPY: Kernel = Kernel {
    name: "bench/copy",
    sources: &[
        include_str!("../../../../shaders/bench/copy.wgsl"),
        include_str!("../../../../shaders/shared/grid.wgsl"),
    ],
    workgroup: 256,
};
