//! From files to pictures and label values, and back.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::jpeg::jpeg_is_whole;
use crate::{DataError, LabelMap, Picture};

/// Pixels that one image may have; more than any camera takes, and few enough to hold.
const MAX_PIXELS: u64 = 100_000_000;
/// Pixels that a byte of a file may stand for: more than the densest format gives, a PNG of one bit and one colour (8256).
/// A header that says more lies, and costs no memory.
const MAX_PIXELS_PER_BYTE: u64 = 10_000;
/// Bytes that decoding one image may take.
const MAX_BYTES: u64 = 1 << 30;

/// The values of a label image before they have a meaning.
pub(crate) struct RawLabels {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) values: Vec<LabelValue>,
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
    fn of_colour([red, green, blue]: [u8; 3]) -> Self {
        if red == green && green == blue {
            Self::Grey(red.into())
        } else {
            Self::Colour([red, green, blue])
        }
    }
}

/// Reads a photograph: PNG, JPEG, TIFF or BMP; grey or colour, 8 or 16 bits, palettes, EXIF orientation. What is
/// transparent is shown over white.
///
/// # Errors
///
/// The file is missing, empty, cut short, damaged, of another format, or too large to decode.
pub fn read_picture(path: &Path) -> Result<Picture, DataError> {
    let rgba = decode(path)?.into_rgba32f();
    let (width, height) = (rgba.width() as usize, rgba.height() as usize);
    let mut values = vec![0.0; 3 * height * width];
    let (red, rest) = values.split_at_mut(height * width);
    let (green, blue) = rest.split_at_mut(height * width);
    for (index, pixel) in rgba.pixels().enumerate() {
        let [r, g, b, alpha] = pixel.0;
        let over_white = |value: f32| (value * alpha + (1.0 - alpha)).clamp(0.0, 1.0);
        red[index] = over_white(r);
        green[index] = over_white(g);
        blue[index] = over_white(b);
    }
    Ok(Picture {
        height,
        width,
        values,
    })
}

/// Rows and columns of a photograph as [`read_picture`] would give it, from the head of its file alone.
pub(crate) fn picture_size(path: &Path) -> Result<[usize; 2], DataError> {
    let mut decoder = decoder(path)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let size = [height as usize, width as usize];
    Ok(if turned { [size[1], size[0]] } else { size })
}

/// Reads a label image whose values are the class numbers: 8-bit grey, a palette's indices, or a colour image that is grey.
///
/// # Errors
///
/// As [`read_picture`], and for values above 255 or true colours.
pub fn read_label_image(path: &Path) -> Result<LabelMap, DataError> {
    let raw = read_raw_labels(path, false)?;
    let classes = raw
        .values
        .into_iter()
        .map(|value| match value {
            LabelValue::Grey(grey) => u8::try_from(grey).ok(),
            LabelValue::Colour(_) => None,
        })
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| {
            DataError::new(
                path,
                "a label image with one class number of 0 to 255 per pixel",
                "colours, or values above 255",
                "save it as an 8-bit grey or palette PNG",
            )
        })?;
    Ok(LabelMap {
        height: raw.height,
        width: raw.width,
        classes,
    })
}

/// `by_colour`: a palette's colours count, and not its indices.
pub(crate) fn read_raw_labels(path: &Path, by_colour: bool) -> Result<RawLabels, DataError> {
    // Other decoders turn a palette's indices, which are the classes, into the palette's colours.
    if !by_colour
        && reader(path)?.format() == Some(ImageFormat::Png)
        && let Some(raw) = read_indexed_png(path)?
    {
        return Ok(raw);
    }
    let image = decode(path)?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let values = match image {
        DynamicImage::ImageLuma8(grey) => grey
            .into_raw()
            .into_iter()
            .map(|value| LabelValue::Grey(value.into()))
            .collect(),
        DynamicImage::ImageLuma16(grey) => {
            grey.into_raw().into_iter().map(LabelValue::Grey).collect()
        }
        DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_) => image
            .into_rgb16()
            .pixels()
            .map(|pixel| match pixel.0 {
                // Rounded to 8 bits, all small class numbers would be 0.
                [red, green, blue] if red == green && green == blue => LabelValue::Grey(red),
                deep => LabelValue::Colour(deep.map(|part| (part / 257) as u8)),
            })
            .collect(),
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
            return Err(DataError::new(
                path,
                "labels of 8 or 16 bits",
                "floating-point numbers",
                "save it as an 8-bit grey or palette PNG",
            ));
        }
        other => other
            .into_rgb8()
            .pixels()
            .map(|pixel| LabelValue::of_colour(pixel.0))
            .collect(),
    };
    Ok(RawLabels {
        height,
        width,
        values,
    })
}

/// The indices of a palette PNG, or the sample values of a grey PNG of fewer than 8 bits; nothing for other PNGs.
fn read_indexed_png(path: &Path) -> Result<Option<RawLabels>, DataError> {
    let broken = |error: png::DecodingError| undecodable(path, &error);
    let mut decoder = png::Decoder::new(BufReader::new(open(path)?));
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
    check_pixels(path, info.width, info.height)?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| too_large(path, info_size(height, width)))?;
    let mut bytes = vec![0; size];
    let frame = reader.next_frame(&mut bytes).map_err(broken)?;
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    let values = bytes
        .chunks_exact(frame.line_size)
        .take(height)
        .flat_map(|line| {
            (0..width).map(move |column| {
                let shift = 8 - bits * (column % per_byte + 1);
                LabelValue::Grey(((line[column / per_byte] >> shift) & mask).into())
            })
        })
        .collect();
    Ok(Some(RawLabels {
        height,
        width,
        values,
    }))
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

fn open(path: &Path) -> Result<File, DataError> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if length == 0 {
        return Err(DataError::new(
            path,
            "an image",
            "an empty file",
            "copy the file again, or remove it together with its partner",
        ));
    }
    Ok(file)
}

/// A reader for the format of the file's first bytes, whatever its extension says.
fn reader(path: &Path) -> Result<ImageReader<BufReader<File>>, DataError> {
    let reader = ImageReader::new(BufReader::new(open(path)?))
        .with_guessed_format()
        .map_err(|error| unreadable(path, &error))?;
    if reader.format().is_none() {
        return Err(undecodable(path, &"none of these formats"));
    }
    Ok(reader)
}

fn decoder(path: &Path) -> Result<impl ImageDecoder, DataError> {
    let mut reader = reader(path)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let decoder = reader
        .into_decoder()
        .map_err(|error| undecodable(path, &error))?;
    let (width, height) = decoder.dimensions();
    check_pixels(path, width, height)?;
    Ok(decoder)
}

fn decode(path: &Path) -> Result<DynamicImage, DataError> {
    if reader(path)?.format() == Some(ImageFormat::Jpeg) {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        if !jpeg_is_whole(&bytes) {
            return Err(undecodable(path, &"a JPEG without its end"));
        }
    }
    let mut decoder = decoder(path)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image =
        DynamicImage::from_decoder(decoder).map_err(|error| undecodable(path, &error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn check_pixels(path: &Path, width: u32, height: u32) -> Result<(), DataError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(too_large(path, info_size(height as usize, width as usize)));
    }
    let length = fs::metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .len();
    if u64::from(width) * u64::from(height) > length.saturating_mul(MAX_PIXELS_PER_BYTE) {
        return Err(undecodable(
            path,
            &format!(
                "{length} bytes for {} pixels",
                info_size(height as usize, width as usize)
            ),
        ));
    }
    Ok(())
}

fn info_size(height: usize, width: usize) -> String {
    format!("{height}×{width}")
}

fn too_large(path: &Path, found: String) -> DataError {
    DataError::new(
        path,
        format!(
            "an image of at most {} million pixels",
            MAX_PIXELS / 1_000_000
        ),
        found,
        "scale it down; networks see a small fraction of that",
    )
}

fn unreadable(path: &Path, error: &io::Error) -> DataError {
    DataError::new(
        path,
        "a file that can be read",
        error.to_string(),
        "check the path and the file's rights",
    )
}

fn undecodable(path: &Path, error: &dyn std::fmt::Display) -> DataError {
    DataError::new(
        path,
        "a whole PNG, JPEG, TIFF or BMP image",
        error.to_string(),
        "open it in an image viewer; copy or save it again if that fails too",
    )
}
