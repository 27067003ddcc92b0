//! Masks that are drawn as transparency.

use image::{DynamicImage, Pixel};

/// Whether an image has a single colour and is not opaque everywhere, so that only its opacity can be the mask.
pub(crate) fn is_mask(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => one_colour(
            image
                .pixels()
                .map(|pixel| (pixel.0[0], pixel.0[1] == u8::MAX)),
        ),
        DynamicImage::ImageRgba8(image) => one_colour(
            image
                .pixels()
                .map(|pixel| (pixel.to_rgb(), pixel.0[3] == u8::MAX)),
        ),
        DynamicImage::ImageLumaA16(image) => one_colour(
            image
                .pixels()
                .map(|pixel| (pixel.0[0], pixel.0[1] == u16::MAX)),
        ),
        DynamicImage::ImageRgba16(image) => one_colour(
            image
                .pixels()
                .map(|pixel| (pixel.to_rgb(), pixel.0[3] == u16::MAX)),
        ),
        _ => false,
    }
}

/// Expects the colour of each pixel, and whether it is opaque.
fn one_colour<C: PartialEq>(mut pixels: impl Iterator<Item = (C, bool)>) -> bool {
    let Some((first, mut opaque)) = pixels.next() else {
        return false;
    };
    let one = pixels.all(|(colour, is_opaque)| {
        opaque &= is_opaque;
        colour == first
    });
    one && !opaque
}

/// Passes the opacity of every pixel to `test`, up to the first that fails it.
pub(crate) fn all(image: &DynamicImage, mut test: impl FnMut(u16) -> bool) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| test(pixel.0[1].into())),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| test(pixel.0[3].into())),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| test(pixel.0[1])),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| test(pixel.0[3])),
        _ => true,
    }
}
