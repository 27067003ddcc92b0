//! Pictures inside a page: an image at the size at which it is drawn, labels as contours or as a map of errors, and the bytes of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data::{LabelMap, PlanarImage, resize_image, resize_labels};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};
use maud::{Markup, html};

use crate::error::RunnerError;
use crate::text::escaping::printable;

/// Contour of the true labels, and pixels that only they have: sky blue.
pub(crate) const TRUTH: [u8; 3] = [86, 180, 233];
/// Contour of the predicted labels, and pixels that only they have: yellow.
pub(crate) const PREDICTION: [u8; 3] = [240, 228, 66];
/// Pixels that both give a class, but not the same one: vermillion.
pub(crate) const OTHER_CLASS: [u8; 3] = [213, 94, 0];

/// Quality of JPEG, of 100: contours of two pixels stay sharp, since its colours are not sampled more coarsely.
const QUALITY: u8 = 82;

/// A picture as it stands in a page.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    uri: String,
    size: [u32; 2],
}

impl Packed {
    /// Packs a picture, as PNG or as JPEG, whichever is smaller.
    ///
    /// # Errors
    ///
    /// An image that neither format can represent, such as one without pixels.
    pub(crate) fn new(image: &RgbImage) -> Result<Self, RunnerError> {
        let (width, height) = image.dimensions();
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(image, width, height, ExtendedColorType::Rgb8)
            .map_err(RunnerError::bug)?;
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .write_image(image, width, height, ExtendedColorType::Rgb8)
            .map_err(RunnerError::bug)?;
        let uri = if png.len() <= jpeg.len() {
            format!("data:image/png;base64,{}", STANDARD.encode(&png))
        } else {
            format!("data:image/jpeg;base64,{}", STANDARD.encode(&jpeg))
        };
        Ok(Self {
            uri,
            size: [width, height],
        })
    }

    /// Its bytes in a page.
    pub(crate) fn bytes(&self) -> usize {
        self.uri.len()
    }

    /// The picture as an element, with a description for those who cannot see it.
    pub(crate) fn img(&self, description: &str) -> Markup {
        let [width, height] = self.size;
        html! { img src=(self.uri) width=(width) height=(height) alt=(printable(description)); }
    }
}

/// Rows and columns at which an image is drawn: its longer side at most `longest`, and small ones enlarged by a whole factor.
pub(crate) fn drawn_size([height, width]: [usize; 2], longest: usize) -> [usize; 2] {
    let side = height.max(width).max(1);
    if side > longest {
        [height, width].map(|length| (length * longest / side).max(1))
    } else {
        [height, width].map(|length| length.max(1) * (longest / side))
    }
}

/// An image at the size at which it is drawn.
pub(crate) fn drawn_image(image: &PlanarImage, longest: usize) -> RgbImage {
    let [height, width] = drawn_size([image.height, image.width], longest);
    let image = resize_image(image, height, width);
    let pixels = height * width;
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let index = y as usize * width + x as usize;
        let value = |channel: usize| image.values[channel * pixels + index].clamp(0.0, 1.0);
        Rgb([0, 1, 2].map(|channel| (value(channel) * 255.0).round() as u8))
    })
}

/// Labels at the size at which their image is drawn.
pub(crate) fn drawn_labels(labels: &LabelMap, longest: usize) -> LabelMap {
    let [height, width] = drawn_size([labels.height, labels.width], longest);
    resize_labels(labels, height, width)
}

/// How a contour is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    /// Solid.
    Solid,
    /// With gaps, so that what lies below a second contour is visible, and both differ without colours.
    Dashed,
}

/// Draws the borders between classes, two pixels wide. `image` has the size of `labels`.
pub(crate) fn contour(image: &mut RgbImage, labels: &LabelMap, colour: [u8; 3], stroke: Stroke) {
    let LabelMap { height, width, .. } = *labels;
    let class = |row: usize, column: usize| labels.classes[row * width + column];
    for row in 0..height {
        for column in 0..width {
            // Dashes of different lengths along rows and columns: no straight line lies in gaps only.
            if stroke == Stroke::Dashed && (row / 5 + column / 7) % 2 == 1 {
                continue;
            }
            let here = class(row, column);
            let differs = (row > 0 && class(row - 1, column) != here)
                || (row + 1 < height && class(row + 1, column) != here)
                || (column > 0 && class(row, column - 1) != here)
                || (column + 1 < width && class(row, column + 1) != here);
            if differs {
                image.put_pixel(column as u32, row as u32, Rgb(colour));
            }
        }
    }
}

/// An image with both labels as contours: the truth solid, the prediction dashed over it.
pub(crate) fn contours(
    image: &PlanarImage,
    truth: &LabelMap,
    prediction: &LabelMap,
    longest: usize,
) -> RgbImage {
    let mut drawn = drawn_image(image, longest);
    contour(
        &mut drawn,
        &drawn_labels(truth, longest),
        TRUTH,
        Stroke::Solid,
    );
    contour(
        &mut drawn,
        &drawn_labels(prediction, longest),
        PREDICTION,
        Stroke::Dashed,
    );
    drawn
}

/// The errors of a prediction over the image in grey: pixels that only the truth labels, that only the prediction labels, and that
/// have another class. Pixels without a true class (`ignore`) stay grey.
pub(crate) fn error_map(
    image: &PlanarImage,
    truth: &LabelMap,
    prediction: &LabelMap,
    ignore: u8,
    longest: usize,
) -> RgbImage {
    let mut drawn = drawn_image(image, longest);
    let (truth, prediction) = (
        drawn_labels(truth, longest),
        drawn_labels(prediction, longest),
    );
    for (pixel, (&of_truth, &predicted)) in drawn
        .pixels_mut()
        .zip(truth.classes.iter().zip(&prediction.classes))
    {
        let grey = pixel.0.iter().map(|value| u32::from(*value)).sum::<u32>() / 3;
        let error = match (of_truth, predicted) {
            (truth, prediction) if truth == ignore || truth == prediction => None,
            (_, 0) => Some(TRUTH),
            (0, _) => Some(PREDICTION),
            _ => Some(OTHER_CLASS),
        };
        // Darker where nothing is wrong: errors stand out on white skin as on a dark slice.
        let grey = (grey * 6 / 10) as u8;
        *pixel = Rgb(match error {
            None => [grey; 3],
            Some(colour) => {
                colour.map(|value| (u16::from(value) * 3 / 4 + u16::from(grey) / 4) as u8)
            }
        });
    }
    drawn
}

/// What the colours of [`contours`] mean.
pub(crate) const CONTOUR_KEY: [([u8; 3], &str); 2] =
    [(TRUTH, "truth"), (PREDICTION, "prediction (dashed)")];

/// What the colours of an [`error_map`] mean.
pub(crate) const ERROR_KEY: [([u8; 3], &str); 3] = [
    (TRUTH, "missed: only in the truth"),
    (PREDICTION, "extra: only in the prediction"),
    (OTHER_CLASS, "another class"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize, value: f32) -> PlanarImage {
        PlanarImage {
            height,
            width,
            values: vec![value; 3 * height * width],
        }
    }

    /// Class 1 in the left `columns` columns.
    fn labels(size: usize, columns: usize) -> LabelMap {
        let classes = (0..size * size).map(|index| u8::from(index % size < columns));
        LabelMap {
            height: size,
            width: size,
            classes: classes.collect(),
        }
    }

    #[test]
    fn large_images_shrink_and_small_ones_grow_by_whole_factors() {
        assert_eq!(drawn_size([1000, 2000], 300), [150, 300]);
        assert_eq!(drawn_size([100, 140], 300), [200, 280]);
        assert_eq!(drawn_size([1, 4000], 300), [1, 300]);
        let drawn = drawn_image(&image(10, 5, 0.5), 40);
        assert_eq!(drawn.dimensions(), (20, 40));
        assert_eq!(drawn.get_pixel(3, 3).0, [128; 3]);
        assert_eq!(drawn_labels(&labels(10, 5), 40).width, 40);
    }

    #[test]
    fn a_contour_is_two_pixels_wide_and_only_at_borders() {
        let drawn = contours(&image(20, 20, 0.0), &labels(20, 10), &labels(20, 0), 20);
        let colours: Vec<[u8; 3]> = (0..20).map(|x| drawn.get_pixel(x, 4).0).collect();
        for (column, colour) in colours.into_iter().enumerate() {
            let expected = if [9, 10].contains(&column) {
                TRUTH
            } else {
                [0; 3]
            };
            assert_eq!(colour, expected, "column {column}");
        }
        // A dashed line over a solid one leaves some of both.
        let both = contours(&image(20, 20, 0.0), &labels(20, 10), &labels(20, 10), 20);
        let count = |colour| {
            (0..20)
                .filter(|y| both.get_pixel(9, *y).0 == colour)
                .count()
        };
        assert!(count(TRUTH) >= 5 && count(PREDICTION) >= 5);
    }

    #[test]
    fn errors_have_the_colour_of_the_side_that_has_the_label() {
        let mut truth = labels(20, 10);
        truth.classes[0] = 255;
        truth.classes[1] = 2;
        let drawn = error_map(&image(20, 20, 0.0), &truth, &labels(20, 5), 255, 20);
        let near = |x: u32, colour: [u8; 3]| {
            let found = drawn.get_pixel(x, 0).0;
            found == colour.map(|value| (u16::from(value) * 3 / 4) as u8)
        };
        assert!(near(0, [0; 3]) && near(1, OTHER_CLASS) && near(3, [0; 3]));
        assert!(near(7, TRUTH) && near(15, [0; 3]));
        let drawn = error_map(
            &image(20, 20, 0.0),
            &labels(20, 5),
            &labels(20, 10),
            255,
            20,
        );
        assert_eq!(
            drawn.get_pixel(7, 3).0,
            PREDICTION.map(|value| (u16::from(value) * 3 / 4) as u8)
        );
    }

    #[test]
    fn a_photograph_is_packed_as_jpeg_and_a_map_as_png() {
        let noise = RgbImage::from_fn(64, 64, |x, y| {
            let hash = (x * 7919 + y * 104_729) ^ (x * y * 31);
            Rgb([hash as u8, (hash >> 3) as u8, (hash >> 5) as u8])
        });
        let photograph = Packed::new(&noise).expect("packed");
        assert!(photograph.uri.starts_with("data:image/jpeg;base64,"));
        let map = Packed::new(&RgbImage::new(64, 64)).expect("packed");
        assert!(map.uri.starts_with("data:image/png;base64,") && map.bytes() < 400);
        let img = map.img("a \"map\"").into_string();
        assert!(
            img.contains("width=\"64\"") && img.contains("a &quot;map&quot;"),
            "{img}"
        );
        Packed::new(&RgbImage::new(0, 0)).expect_err("no pixels");
    }
}
