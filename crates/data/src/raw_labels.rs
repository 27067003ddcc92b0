//! Label images before their values have a meaning.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use image::{DynamicImage, GenericImageView, ImageFormat, Pixel};

use crate::decode::{check_size, decode, format, undecodable};
use crate::file::open_file;
use crate::{DataError, LabelMap};

/// The values of a label image before they have a meaning.
pub(crate) struct RawLabels {
    pub(crate) height: usize,
    pub(crate) width: usize,
    stored: Stored,
}

/// Values as they were decoded: every other form of them would take more memory than they do.
enum Stored {
    Bytes(Vec<u8>),
    Values(Vec<u16>),
    Image(DynamicImage),
}

/// What one pixel of a label image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelValue {
    /// A grey value or palette index; a colour whose three parts are equal counts as grey.
    Grey(u16),
    /// A colour.
    Colour([u8; 3]),
}

impl LabelValue {
    fn grey(value: u8) -> Self {
        Self::Grey(value.into())
    }

    fn of_colour([red, green, blue]: [u8; 3]) -> Self {
        if red == green && green == blue {
            Self::Grey(red.into())
        } else {
            Self::Colour([red, green, blue])
        }
    }

    /// Rounded to 8 bits, all small class numbers would be 0.
    fn of_deep_colour(deep: [u16; 3]) -> Self {
        match deep {
            [red, green, blue] if red == green && green == blue => Self::Grey(red),
            deep => Self::Colour(deep.map(|part| (part / 257) as u8)),
        }
    }
}

impl RawLabels {
    /// Class numbers, row after row.
    pub(crate) fn of_bytes(height: usize, width: usize, bytes: Vec<u8>) -> Self {
        Self {
            height,
            width,
            stored: Stored::Bytes(bytes),
        }
    }

    /// Grey values, row after row.
    pub(crate) fn of_values(height: usize, width: usize, values: Vec<u16>) -> Self {
        Self {
            height,
            width,
            stored: Stored::Values(values),
        }
    }

    /// Whether `test` holds for every value, row after row, up to the first for which it does not.
    pub(crate) fn all(&self, mut test: impl FnMut(LabelValue) -> bool) -> bool {
        use LabelValue as Value;
        let image = match &self.stored {
            Stored::Bytes(bytes) => return bytes.iter().all(|byte| test(Value::grey(*byte))),
            Stored::Values(values) => return values.iter().all(|value| test(Value::Grey(*value))),
            Stored::Image(image) => image,
        };
        match image {
            DynamicImage::ImageLuma8(image) => {
                let values = image.as_raw();
                values.iter().all(|value| test(Value::grey(*value)))
            }
            DynamicImage::ImageLuma16(image) => {
                let values = image.as_raw();
                values.iter().all(|value| test(Value::Grey(*value)))
            }
            DynamicImage::ImageRgb8(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_colour(pixel.0)))
            }
            DynamicImage::ImageLumaA16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.to_rgb().0)))
            }
            DynamicImage::ImageRgb16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.0)))
            }
            DynamicImage::ImageRgba16(image) => {
                let mut pixels = image.pixels();
                pixels.all(|pixel| test(Value::of_deep_colour(pixel.to_rgb().0)))
            }
            other => {
                let mut pixels = other.pixels();
                pixels.all(|(_, _, pixel)| test(Value::of_colour(pixel.to_rgb().0)))
            }
        }
    }

    /// Every value's class, if every value has one. Memory is taken once that is known.
    pub(crate) fn classes(&self, class: impl Fn(LabelValue) -> Option<u8>) -> Option<LabelMap> {
        if !self.all(|value| class(value).is_some()) {
            return None;
        }
        let mut classes = Vec::with_capacity(self.height * self.width);
        self.all(|value| {
            classes.extend(class(value));
            true
        });
        Some(LabelMap {
            height: self.height,
            width: self.width,
            classes,
        })
    }
}

/// Reads a label image whose values are the class numbers: 8-bit grey, a palette's indices, or a colour image that is grey.
///
/// # Errors
///
/// As [`read_picture`](crate::read_picture), and for values above 255 or true colours.
pub fn read_label_image(path: &Path) -> Result<LabelMap, DataError> {
    let number = |value| match value {
        LabelValue::Grey(grey) => u8::try_from(grey).ok(),
        LabelValue::Colour(_) => None,
    };
    read_raw_labels(path, false)?
        .classes(number)
        .ok_or_else(|| {
            DataError::new(
                path,
                "a label image with one class number of 0 to 255 per pixel",
                "colours, or values above 255",
                "save it as an 8-bit grey or palette PNG",
            )
        })
}

/// `by_colour`: a palette's colours count, and not its indices.
pub(crate) fn read_raw_labels(path: &Path, by_colour: bool) -> Result<RawLabels, DataError> {
    // Other decoders turn a palette's indices, which are the classes, into the palette's colours.
    if !by_colour
        && format(path)? == ImageFormat::Png
        && let Some(raw) = read_indexed_png(path)?
    {
        return Ok(raw);
    }
    let image = decode(path)?;
    if matches!(
        image,
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)
    ) {
        return Err(DataError::new(
            path,
            "labels of 8 or 16 bits",
            "floating-point numbers",
            "save it as an 8-bit grey or palette PNG",
        ));
    }
    Ok(RawLabels {
        height: image.height() as usize,
        width: image.width() as usize,
        stored: Stored::Image(image),
    })
}

/// The indices of a palette PNG, or the sample values of a grey PNG of fewer than 8 bits; nothing for other PNGs.
fn read_indexed_png(path: &Path) -> Result<Option<RawLabels>, DataError> {
    let broken = |error: png::DecodingError| undecodable(path, &error);
    let (file, length) = open_file(path).map_err(|error| undecodable(path, &error))?;
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(broken)?;
    let info = reader.info();
    let bits = info.bit_depth as usize;
    let indexed = info.color_type == png::ColorType::Indexed
        || (info.color_type == png::ColorType::Grayscale && bits < 8);
    if !indexed {
        return Ok(None);
    }
    let (height, width) = (info.height as usize, info.width as usize);
    let unpacked = u64::from(info.height) * u64::from(info.width);
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    check_size(
        path,
        length,
        [reader.info().height, reader.info().width],
        unpacked.saturating_add(size as u64),
    )?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(broken)?;
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    let indices = bytes
        .chunks_exact(frame.line_size)
        .take(height)
        .flat_map(|line| {
            (0..width).map(move |column| {
                let shift = 8 - bits * (column % per_byte + 1);
                (line[column / per_byte] >> shift) & mask
            })
        })
        .collect();
    Ok(Some(RawLabels::of_bytes(height, width, indices)))
}

/// Writes class numbers as an 8-bit grey PNG.
///
/// # Errors
///
/// The file cannot be written: the folder is missing or forbidden, the disk is full.
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
