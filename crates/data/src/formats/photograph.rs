//! Photographs in their decoded form, which are converted to f32 only where needed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use image::DynamicImage;

use crate::error::DataError;
use crate::formats::decode::decode;
use crate::images::lines::Lines;
use crate::images::planar_image::PlanarImage;
use crate::images::resize::resize;

/// A decoded photograph. It takes at most a quarter of the memory of a [`PlanarImage`], often less.
pub(crate) struct Photograph(DynamicImage);

impl Photograph {
    /// Reads a photograph as [`read_image`] does.
    pub(crate) fn read(path: &Path) -> Result<Self, DataError> {
        decode(path).map(Self)
    }

    /// A 64-bit checksum of the pixels.
    pub(crate) fn checksum(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.0.color(), self.0.width(), self.0.height()).hash(&mut hasher);
        hasher.write(self.0.as_bytes());
        hasher.finish()
    }

    /// The photograph at another size, with the same result as [`resize_image`](crate::resize_image) on its
    /// [`PlanarImage`].
    pub(crate) fn resized(&self, height: usize, width: usize) -> PlanarImage {
        resize(self, height, width)
    }
}

impl Lines for Photograph {
    fn size(&self) -> [usize; 2] {
        [self.0.height() as usize, self.0.width() as usize]
    }

    fn read_row(&self, row: usize, line: &mut [f32]) {
        let width = self.0.width() as usize;
        let (red, rest) = line.split_at_mut(width);
        let (green, blue) = rest.split_at_mut(width);
        if let DynamicImage::ImageRgb8(image) = &self.0 {
            let pixels = image.as_raw()[3 * width * row..].chunks_exact(3);
            for (index, pixel) in pixels.take(width).enumerate() {
                red[index] = f32::from(pixel[0]) / 255.0;
                green[index] = f32::from(pixel[1]) / 255.0;
                blue[index] = f32::from(pixel[2]) / 255.0;
            }
            return;
        }
        if let DynamicImage::ImageLuma8(image) = &self.0 {
            let values = &image.as_raw()[width * row..][..width];
            for (index, value) in values.iter().enumerate() {
                red[index] = f32::from(*value) / 255.0;
            }
            green.copy_from_slice(red);
            blue.copy_from_slice(red);
            return;
        }
        let rgba = self
            .0
            .crop_imm(0, row as u32, width as u32, 1)
            .into_rgba32f();
        for (index, pixel) in rgba.pixels().enumerate() {
            let [r, g, b, alpha] = pixel.0;
            let over_white = |value: f32| (value * alpha + (1.0 - alpha)).clamp(0.0, 1.0);
            red[index] = over_white(r);
            green[index] = over_white(g);
            blue[index] = over_white(b);
        }
    }
}

/// Reads a photograph: PNG, JPEG, TIFF, BMP, GIF or WebP; grey or colour, 8 or 16 bits or floating point of 0 to 1,
/// palettes, EXIF orientation. Transparent parts are blended with white.
///
/// # Errors
///
/// The file is missing, empty, cut short, damaged, of another format, or too large to decode, or it is unknown
/// which of its values are black and white.
pub fn read_image(path: &Path) -> Result<PlanarImage, DataError> {
    let photograph = Photograph::read(path)?;
    let [height, width] = photograph.size();
    let mut values = vec![0.0; 3 * height * width];
    let mut line = vec![0.0; 3 * width];
    for row in 0..height {
        photograph.read_row(row, &mut line);
        for (channel, part) in line.chunks_exact(width).enumerate() {
            values[(channel * height + row) * width..][..width].copy_from_slice(part);
        }
    }
    Ok(PlanarImage {
        height,
        width,
        values,
    })
}
