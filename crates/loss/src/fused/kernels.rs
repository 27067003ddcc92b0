//! The passes' WGSL in `shaders/envelope`.

use ops::kernel::Kernel;

pub(super) use ops::kernel::CHUNK;

pub(super) static PIXEL_LOSS: Kernel = ops::kernel!(
    "envelope/pixel_loss",
    256,
    [
        "shared/grid",
        "envelope/shared/settings",
        "envelope/shared/likelihood",
        "envelope/shared/moments"
    ]
);
pub(super) static THRESHOLD: Kernel = ops::kernel!(
    "envelope/threshold",
    64,
    [
        "shared/grid",
        "envelope/shared/settings",
        "envelope/shared/moments"
    ]
);
pub(super) static HISTOGRAM: Kernel = ops::kernel!(
    "envelope/histogram",
    256,
    ["shared/grid", "envelope/shared/settings"]
);
pub(super) static SELECT: Kernel =
    ops::kernel!("envelope/select", 64, ["envelope/shared/settings"]);
pub(super) static KEPT_SUMS: Kernel = ops::kernel!(
    "envelope/kept_sums",
    256,
    [
        "shared/grid",
        "envelope/shared/settings",
        "envelope/shared/choice"
    ]
);
pub(super) static IMAGE_LOSS: Kernel = ops::kernel!(
    "envelope/image_loss",
    256,
    ["shared/grid", "envelope/shared/settings"]
);
pub(super) static GRADIENT: Kernel = ops::kernel!(
    "envelope/gradient",
    256,
    [
        "shared/grid",
        "envelope/shared/settings",
        "envelope/shared/likelihood",
        "envelope/shared/choice"
    ]
);
pub(super) static IMAGE_WEIGHTS: Kernel = ops::kernel!("envelope/image_weights", 256, []);

/// Every kernel of the loss, for checks without a device.
pub static ALL: [&Kernel; 8] = [
    &PIXEL_LOSS,
    &THRESHOLD,
    &HISTOGRAM,
    &SELECT,
    &KEPT_SUMS,
    &IMAGE_LOSS,
    &GRADIENT,
    &IMAGE_WEIGHTS,
];

/// The rounds of the rule `top` for an image of `pixels`: four digits of the loss, then the digits of the pixel's number that
/// can differ.
pub(super) fn rounds(pixels: usize) -> impl Iterator<Item = u32> {
    (0..8).filter(move |round| *round < 4 || (pixels - 1) >> (56 - 8 * round) != 0)
}
