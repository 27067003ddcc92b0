//! The passes' WGSL in `shaders/envelope`.

use ops::kernel::Kernel;

/// Pixels of a workgroup; `CHUNK` in the shaders.
pub(super) const CHUNK: usize = 4096;

macro_rules! kernel {
    ($file:literal, $workgroup:literal, [$($shared:literal),*]) => {
        Kernel {
            name: concat!("envelope/", $file),
            sources: &[
                include_str!(concat!("../../../../shaders/envelope/", $file, ".wgsl")),
                $(include_str!(concat!("../../../../shaders/shared/", $shared, ".wgsl"))),*
            ],
            workgroup: $workgroup,
        }
    };
}

pub(super) static PIXEL_LOSS: Kernel = kernel!(
    "pixel_loss",
    256,
    ["grid", "settings", "likelihood", "moments"]
);
pub(super) static THRESHOLD: Kernel = kernel!("threshold", 64, ["grid", "settings", "moments"]);
pub(super) static HISTOGRAM: Kernel = kernel!("histogram", 256, ["grid", "settings"]);
pub(super) static SELECT: Kernel = kernel!("select", 64, ["settings"]);
pub(super) static KEPT_SUMS: Kernel = kernel!("kept_sums", 256, ["grid", "settings", "choice"]);
pub(super) static IMAGE_LOSS: Kernel = kernel!("image_loss", 256, ["grid", "settings"]);
pub(super) static GRADIENT: Kernel = kernel!(
    "gradient",
    256,
    ["grid", "settings", "likelihood", "choice"]
);
pub(super) static IMAGE_WEIGHTS: Kernel = kernel!("image_weights", 256, []);

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
