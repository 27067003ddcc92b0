//! Reads and writes label images.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use image::{DynamicImage, ImageFormat};

use crate::error::DataError;
use crate::formats::decode::{decode_colours, format};
use crate::formats::indexed_png;
use crate::formats::single_frame::is_lossy_webp;
use crate::formats::tiff_samples::{TiffSamples, has_more_pages};
use crate::images::label_map::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::LabelValue;
use crate::labels::opacity;
use crate::labels::raw_labels::RawLabels;

/// Reads a label image whose values are the class numbers: 8-bit grey, a palette's indices, or a colour image that is grey.
///
/// # Errors
///
/// As [`read_image`](crate::read_image), and for values above 255 or true colours.
pub fn read_label_image(path: &Path) -> Result<LabelMap, DataError> {
    let number = |value| match value {
        LabelValue::Grey(grey) => u8::try_from(grey).ok(),
        LabelValue::Colour(_) => None,
    };
    let raw = read_raw_labels(path)?;
    let reading = raw.usual_reading();
    raw.classes(|value| number(raw.interpreted(value, reading)))
        .ok_or_else(|| {
            DataError::new(
                path,
                "a label image with one class number of 0 to 255 per pixel",
                "colours, or values above 255",
                "save it as an 8-bit grey or palette PNG",
            )
        })
}

/// Reads a label image whose values have no meaning yet.
///
/// # Errors
///
/// As [`read_image`](crate::read_image), and for values that are not whole numbers.
pub(crate) fn read_raw_labels(path: &Path) -> Result<RawLabels, DataError> {
    let format = format(path)?;
    let mut raw = read_values(path, format)?;
    raw.is_lossy =
        format == ImageFormat::Jpeg || (format == ImageFormat::WebP && is_lossy_webp(path));
    if format == ImageFormat::Tiff && has_more_pages(path) {
        raw.add_note(LabelNote::FirstPage);
    }
    Ok(raw)
}

fn read_values(path: &Path, format: ImageFormat) -> Result<RawLabels, DataError> {
    // Other decoders replace a palette's indices, which are the classes, by its colours.
    if format == ImageFormat::Png
        && let Some(stored) = indexed_png::read(path)?
    {
        let raw = RawLabels::of_bytes(stored.height, stored.width, stored.values);
        return Ok(raw.with_palette(stored.palette));
    }
    if let Some(samples) = TiffSamples::open(path) {
        let (image, palette) = samples.labels()?;
        return Ok(RawLabels::of_image(image).with_palette(palette));
    }
    let image = decode_colours(path)?;
    if matches!(
        image,
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)
    ) {
        return Err(DataError::new(
            path,
            "labels of 8 or 16 bits",
            "colours of floating-point numbers",
            "save it as an 8-bit grey or palette PNG",
        ));
    }
    if !opacity::is_mask(&image) {
        return Ok(RawLabels::of_image(image));
    }
    let mut raw = RawLabels::of_opacity(image);
    raw.add_note(LabelNote::Alpha);
    Ok(raw)
}

/// Writes class numbers as an 8-bit grey PNG.
///
/// # Errors
///
/// The file cannot be written: the folder is missing or not writable, or the disk is full.
pub fn write_label_png(path: &Path, labels: &LabelMap) -> Result<(), DataError> {
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        let file = BufWriter::new(File::create(path)?);
        let mut encoder = png::Encoder::new(file, labels.width as u32, labels.height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&labels.classes)?;
        writer.finish()?;
        Ok(())
    };
    write().map_err(|error| {
        DataError::new(
            path,
            "to write a label image",
            error.to_string(),
            "check the folder's rights and the free space",
        )
    })
}
