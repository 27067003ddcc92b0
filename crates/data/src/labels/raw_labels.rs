//! Label images before their values have a meaning.

pub(crate) mod indexed_png;
pub(crate) mod opacity;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use image::{DynamicImage, GenericImageView, ImageFormat, Pixel};

use crate::error::DataError;
use crate::formats::decode::{decode_colours, format};
use crate::formats::tiff_samples::{TiffSamples, has_more_pages};
use crate::images::picture::LabelMap;
use crate::labels::label_note::LabelNote;
use crate::labels::label_value::{LabelValue, Reading};
use crate::labels::palette::Palette;

/// The values of a label image before they have a meaning.
pub(crate) struct RawLabels {
    pub(crate) height: usize,
    pub(crate) width: usize,
    stored: Stored,
    /// What a viewer shows in place of the values, if they are positions among colours.
    palette: Option<Palette>,
    /// Whether JPEG has stored the values, which does not keep them.
    pub(crate) is_jpeg: bool,
    /// What was read in one of several ways.
    notes: BTreeSet<LabelNote>,
}

/// Values as they were decoded: every other form of them would take more memory than they do.
enum Stored {
    Bytes(Vec<u8>),
    Values(Vec<u16>),
    Image(DynamicImage),
    /// The opacity of an image.
    Opacity(DynamicImage),
}

impl RawLabels {
    /// Class numbers, row after row.
    pub(crate) fn of_bytes(height: usize, width: usize, bytes: Vec<u8>) -> Self {
        Self::of(height, width, Stored::Bytes(bytes))
    }

    /// Grey values, row after row.
    pub(crate) fn of_values(height: usize, width: usize, values: Vec<u16>) -> Self {
        Self::of(height, width, Stored::Values(values))
    }

    fn of_image(image: DynamicImage) -> Self {
        let (height, width) = (image.height() as usize, image.width() as usize);
        Self::of(height, width, Stored::Image(image))
    }

    fn of(height: usize, width: usize, stored: Stored) -> Self {
        Self {
            height,
            width,
            stored,
            palette: None,
            is_jpeg: false,
            notes: BTreeSet::new(),
        }
    }

    /// Whether a palette shows every value that occurs as black or white, one each: a mask that was saved with indices.
    /// Where two values look alike, the palette is not what they mean.
    fn is_black_and_white(&self) -> bool {
        let Some(palette) = &self.palette else {
            return false;
        };
        let mut shown = BTreeSet::new();
        palette.is_black_and_white()
            && self.distinct(256).is_some_and(|values| {
                values.into_iter().all(|value| match value {
                    LabelValue::Grey(index) => shown.insert(palette.colour(index)),
                    LabelValue::Colour(_) => false,
                })
            })
    }

    /// The reading of values that nothing is known of.
    pub(crate) fn plain(&self) -> Reading {
        if self.is_black_and_white() {
            Reading::BlackAndWhite
        } else {
            Reading::Values
        }
    }

    /// The same values, in a byte each where they are all small.
    pub(crate) fn compact(self) -> Self {
        let byte = |value| match value {
            LabelValue::Grey(grey) => u8::try_from(grey).ok(),
            LabelValue::Colour(_) => None,
        };
        match self.classes(byte) {
            Some(map) => Self {
                stored: Stored::Bytes(map.classes),
                ..self
            },
            None => self,
        }
    }

    /// How it was read that could be read otherwise, its values being read so.
    pub(crate) fn notes(&self, reading: Reading) -> BTreeSet<LabelNote> {
        let mut notes = self.notes.clone();
        let white_first = || self.palette.as_ref().is_some_and(Palette::is_white_first);
        notes.extend(match reading {
            Reading::Values => self.is_shown_inverted().then_some(LabelNote::ShownInverted),
            Reading::BlackAndWhite => white_first().then_some(LabelNote::WhiteFirst),
            Reading::Colours => None,
        });
        notes
    }

    /// Whether the palette shows the largest value that occurs darker than the smallest.
    fn is_shown_inverted(&self) -> bool {
        let Some((palette, values)) = self.palette.as_ref().zip(self.distinct(256)) else {
            return false;
        };
        let grey = |value: Option<&LabelValue>| match value {
            Some(LabelValue::Grey(index)) => match palette.colour(*index) {
                [red, green, blue] if red == green && green == blue => Some(red),
                _ => None,
            },
            _ => None,
        };
        let ends = grey(values.first()).zip(grey(values.last()));
        ends.is_some_and(|(low, high)| low > high)
    }

    /// The values that occur, if they are at most so many.
    pub(crate) fn distinct(&self, most: usize) -> Option<BTreeSet<LabelValue>> {
        let mut values = BTreeSet::new();
        let mut last = None;
        let few = self.all(|value| {
            if last.replace(value) != Some(value) {
                values.insert(value);
            }
            values.len() <= most
        });
        few.then_some(values)
    }

    /// What a value says when it is read so.
    pub(crate) fn says(&self, value: LabelValue, reading: Reading) -> LabelValue {
        let (LabelValue::Grey(index), Some(palette)) = (value, &self.palette) else {
            return value;
        };
        match reading {
            Reading::Values => value,
            Reading::Colours => LabelValue::of_colour(palette.colour(index)),
            Reading::BlackAndWhite => LabelValue::grey(u8::from(palette.colour(index) != [0; 3])),
        }
    }

    /// Whether `test` holds for every value, row after row, up to the first for which it does not.
    pub(crate) fn all(&self, mut test: impl FnMut(LabelValue) -> bool) -> bool {
        use LabelValue as Value;
        let image = match &self.stored {
            Stored::Bytes(bytes) => return bytes.iter().all(|byte| test(Value::grey(*byte))),
            Stored::Values(values) => return values.iter().all(|value| test(Value::Grey(*value))),
            Stored::Opacity(image) => return opacity::all(image, |value| test(Value::Grey(value))),
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
    let raw = read_raw_labels(path)?;
    let reading = raw.plain();
    raw.classes(|value| number(raw.says(value, reading)))
        .ok_or_else(|| {
            DataError::new(
                path,
                "a label image with one class number of 0 to 255 per pixel",
                "colours, or values above 255",
                "save it as an 8-bit grey or palette PNG",
            )
        })
}

/// Reads a label image whose values' meaning is not known yet.
///
/// # Errors
///
/// As [`read_picture`](crate::read_picture), and for values that are no whole numbers.
pub(crate) fn read_raw_labels(path: &Path) -> Result<RawLabels, DataError> {
    let format = format(path)?;
    let mut raw = read_values(path, format)?;
    raw.is_jpeg = format == ImageFormat::Jpeg;
    if format == ImageFormat::Tiff && has_more_pages(path) {
        raw.notes.insert(LabelNote::FirstPage);
    }
    Ok(raw)
}

fn read_values(path: &Path, format: ImageFormat) -> Result<RawLabels, DataError> {
    // Other decoders turn a palette's indices, which are the classes, into the palette's colours.
    if format == ImageFormat::Png
        && let Some((raw, palette)) = indexed_png::read(path)?
    {
        return Ok(RawLabels { palette, ..raw });
    }
    if let Some(samples) = TiffSamples::open(path) {
        let (image, palette) = samples.labels()?;
        let raw = RawLabels::of_image(image);
        return Ok(RawLabels { palette, ..raw });
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
    if !opacity::holds_the_mask(&image) {
        return Ok(RawLabels::of_image(image));
    }
    let (height, width) = (image.height() as usize, image.width() as usize);
    let mut raw = RawLabels::of(height, width, Stored::Opacity(image));
    raw.notes.insert(LabelNote::Alpha);
    Ok(raw)
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
