//! Masks that are drawn in transparency alone.

use image::{DynamicImage, Pixel};

/// Whether an image has one colour throughout, and is not opaque throughout: nothing but its opacity can be the mask.
pub(crate) fn holds_the_mask(image: &DynamicImage) -> bool {
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

/// For pixels' colours, each with whether it is opaque.
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

/// Hands every pixel's opacity to `test`, up to the first that fails it.
pub(crate) fn all(image: &DynamicImage, mut test: impl FnMut(u16) -> bool) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| test(pixel.0[1].into())),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| test(pixel.0[3].into())),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| test(pixel.0[1])),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| test(pixel.0[3])),
        _ => true,
    }
}
