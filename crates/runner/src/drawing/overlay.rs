//! Images with their labels drawn over them.

use std::path::Path;

use data::{LabelMap, PlanarImage};
use image::{ImageEncoder, RgbImage};

use crate::drawing::palette::colour;
use crate::error::RunnerError;
use crate::files::disk::write_whole;

/// Opacity of a class's colour inside its outline.
const COVER: f32 = 0.35;
/// White space between panels, in pixels.
const GAP: u32 = 4;
/// Shortest side at which a panel is shown: small training images are enlarged by whole factors.
const SHORTEST: usize = 256;
/// Most pixels of an enlarged panel: an image of one row would otherwise get hundreds of rows.
const MOST_ENLARGED: usize = 1 << 20;

/// The image with each class tinted and its outline drawn solid; ignored pixels are grey.
pub(crate) fn overlay(
    image: &PlanarImage,
    labels: &LabelMap,
    names: &[String],
    ignore: u8,
) -> RgbImage {
    let (height, width) = (image.height, image.width);
    let factor = enlargement([height, width]);
    let class_at = |row: usize, column: usize| labels.classes[row * width + column];
    RgbImage::from_fn((width * factor) as u32, (height * factor) as u32, |x, y| {
        let (row, column) = (y as usize / factor, x as usize / factor);
        let index = row * width + column;
        let rgb = [0, 1, 2].map(|channel| image.values[channel * height * width + index] * 255.0);
        let class = class_at(row, column);
        if class == 0 {
            return image::Rgb(rgb.map(|value| value.round() as u8));
        }
        if class == ignore {
            return image::Rgb(rgb.map(|value| (value * 0.5 + 64.0) as u8));
        }
        let colour = colour(class.into(), names);
        // Two pixels of the drawn image, whatever its enlargement.
        let reach = 2;
        let neighbour = |dx: i64, dy: i64| {
            let (x, y) = (i64::from(x) + dx, i64::from(y) + dy);
            let (row, column) = (y.div_euclid(factor as i64), x.div_euclid(factor as i64));
            let inside = (0..height as i64).contains(&row) && (0..width as i64).contains(&column);
            inside.then(|| class_at(row as usize, column as usize))
        };
        let edge = [(-reach, 0), (reach, 0), (0, -reach), (0, reach)]
            .into_iter()
            .any(|(dx, dy)| neighbour(dx, dy).is_some_and(|other| other != class));
        let cover = if edge { 1.0 } else { COVER };
        image::Rgb([0, 1, 2].map(|channel| {
            (rgb[channel] * (1.0 - cover) + f32::from(colour[channel]) * cover).round() as u8
        }))
    })
}

/// The image without labels, at the size of its overlays.
pub(crate) fn plain(image: &PlanarImage) -> RgbImage {
    let nothing = LabelMap {
        height: image.height,
        width: image.width,
        classes: vec![0; image.height * image.width],
    };
    overlay(image, &nothing, &[], 255)
}

/// Panels of the same height, side by side.
pub(crate) fn side_by_side(panels: &[RgbImage]) -> RgbImage {
    let height = panels.iter().map(RgbImage::height).max().unwrap_or(1);
    let width: u32 = panels
        .iter()
        .map(|panel| panel.width() + GAP)
        .sum::<u32>()
        .max(GAP + 1)
        - GAP;
    let mut sheet = RgbImage::from_pixel(width, height, image::Rgb([255; 3]));
    let mut left = 0;
    for panel in panels {
        image::imageops::replace(&mut sheet, panel, left, 0);
        left += i64::from(panel.width() + GAP);
    }
    sheet
}

/// Rows of panels, one below the other.
pub(crate) fn stacked(rows: &[RgbImage]) -> RgbImage {
    let width = rows.iter().map(RgbImage::width).max().unwrap_or(1);
    let height: u32 = rows.iter().map(|row| row.height() + GAP).sum();
    let height = height.max(GAP + 1) - GAP;
    let mut sheet = RgbImage::from_pixel(width, height, image::Rgb([255; 3]));
    let mut top = 0;
    for row in rows {
        image::imageops::replace(&mut sheet, row, 0, top);
        top += i64::from(row.height() + GAP);
    }
    sheet
}

/// Rows and columns of a panel that shows an image of this size.
pub(crate) fn panel_size([height, width]: [usize; 2]) -> [usize; 2] {
    let factor = enlargement([height, width]);
    [height.saturating_mul(factor), width.saturating_mul(factor)]
}

/// The factor by which an image of this size is enlarged.
fn enlargement([height, width]: [usize; 2]) -> usize {
    let wanted = SHORTEST.div_ceil(height.min(width).max(1));
    let affordable = (MOST_ENLARGED / height.saturating_mul(width).max(1)).isqrt();
    wanted.min(affordable).max(1)
}

/// Writes an image as PNG.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_png(path: &Path, image: &RgbImage) -> Result<(), RunnerError> {
    write_whole(path, &png(path, image)?)
}

/// The bytes of a PNG file for `path`.
///
/// # Errors
///
/// An image that the format cannot represent.
pub(crate) fn png(path: &Path, image: &RgbImage) -> Result<Vec<u8>, RunnerError> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(
            image,
            image.width(),
            image.height(),
            image::ExtendedColorType::Rgb8,
        )
        .map_err(|error| RunnerError::unwritable(path, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_tinted_outlines_solid_and_background_untouched() {
        let (height, width) = (256, 256);
        let image = PlanarImage {
            height,
            width,
            values: vec![0.5; 3 * height * width],
        };
        let mut classes = vec![0; height * width];
        for row in 50..150 {
            classes[row * width + 50..row * width + 150].fill(2);
        }
        let names = ["background", "grade 1", "grade 2a"].map(String::from);
        let labels = LabelMap {
            height,
            width,
            classes,
        };
        let drawn = overlay(&image, &labels, &names, 255);
        assert_eq!(drawn.get_pixel(10, 10).0, [128; 3]);
        assert_eq!(drawn.get_pixel(50, 100).0, colour(2, &names));
        let inside = drawn.get_pixel(100, 100).0;
        assert!(inside[0] > 128 && inside[1] < 128, "{inside:?}");
        let row = side_by_side(&[plain(&image), drawn]);
        assert_eq!(row.dimensions(), (2 * 256 + GAP, 256));
        let sheet = stacked(&[row.clone(), row]);
        assert_eq!(sheet.dimensions(), (2 * 256 + GAP, 2 * 256 + GAP));
    }

    #[test]
    fn small_images_are_enlarged_by_whole_factors() {
        let image = PlanarImage {
            height: 96,
            width: 100,
            values: vec![0.0; 3 * 96 * 100],
        };
        assert_eq!(plain(&image).dimensions(), (300, 288));
        assert_eq!(panel_size([96, 100]), [288, 300]);
    }

    #[test]
    fn long_images_are_enlarged_less() {
        for size in [
            [1, 40_000],
            [40_000, 1],
            [5, 4000],
            [1, 1],
            [16, 16],
            [1, 5000],
        ] {
            let [height, width] = panel_size(size);
            assert!(height * width <= MOST_ENLARGED, "{size:?}");
        }
        assert_eq!(panel_size([3000, 4000]), [3000, 4000]);
        assert_eq!(panel_size([1, 40_000]), [5, 200_000]);
    }
}
