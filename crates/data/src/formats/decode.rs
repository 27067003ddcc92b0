//! Decodes image files, with bounds on what a file may claim.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::error::DataError;
use crate::files::open::open_file;
use crate::formats::bounds::{MAX_BESIDE, MAX_BYTES, check_size, too_large, undecodable};
use crate::formats::brightness::check_brightness;
use crate::formats::jpeg::jpeg_is_complete;
use crate::formats::single_frame::{check_chunks, check_single_frame};
use crate::formats::tiff_samples::TiffSamples;
use crate::formats::tiff_samples::as_grey::has_endless_text;

/// First bytes of a `BigTIFF`, in either byte order.
const BIG_TIFF: [[u8; 4]; 2] = [*b"II\x2B\0", *b"MM\0\x2B"];

/// Decodes an image and applies its EXIF orientation.
///
/// # Errors
///
/// The file is missing, empty, cut short, damaged, of another format, or too large to decode; or it is unknown which of its
/// values are black and white.
pub(crate) fn decode(path: &Path) -> Result<DynamicImage, DataError> {
    if let Some(samples) = TiffSamples::open(path) {
        return samples.image();
    }
    let image = decode_colours(path)?;
    match &image {
        DynamicImage::ImageRgb32F(image) => check_brightness(path, image.as_raw())?,
        DynamicImage::ImageRgba32F(image) => check_brightness(path, image.as_raw())?,
        _ => {}
    }
    Ok(image)
}

/// Decodes an image in a format of the `image` crate, whatever the range of its values, and applies its EXIF orientation.
///
/// # Errors
///
/// The file is missing, empty, cut short, damaged, of another format, or too large to decode.
pub(crate) fn decode_colours(path: &Path) -> Result<DynamicImage, DataError> {
    let (_, format, length) = open(path)?;
    check_single_frame(path, format)?;
    if format == ImageFormat::Jpeg && held(path, format, length)? > 0 {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        if !jpeg_is_complete(&bytes) {
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

/// Rows and columns of an image as [`decode`] returns it, from the header alone.
pub(crate) fn image_size(path: &Path) -> Result<[usize; 2], DataError> {
    let ([height, width], orientation) = head(path)?;
    let on_its_side = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let size = [height as usize, width as usize];
    Ok(if on_its_side {
        [size[1], size[0]]
    } else {
        size
    })
}

/// Whether [`decode`] rotates or mirrors an image; `false` if the header cannot be read.
pub(crate) fn is_turned(path: &Path) -> bool {
    head(path).is_ok_and(|(_, orientation)| orientation != Orientation::NoTransforms)
}

/// Stored rows and columns of an image, and its EXIF orientation.
fn head(path: &Path) -> Result<([u32; 2], Orientation), DataError> {
    if let Some(samples) = TiffSamples::open(path) {
        return Ok(samples.size());
    }
    let mut decoder = decoder(path)?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation();
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    Ok(([height, width], orientation))
}

/// A reader of the file, its format by its first bytes, not by its name, and its length.
fn open(path: &Path) -> Result<(ImageReader<BufReader<File>>, ImageFormat, u64), DataError> {
    let unreadable = |error: io::Error| unreadable(path, &error);
    let (mut file, length) = open_file(path).map_err(unreadable)?;
    if length == 0 {
        return Err(DataError::new(
            path,
            "an image",
            "an empty file",
            "copy the file again, or remove it together with its counterpart",
        ));
    }
    let mut start = Vec::new();
    let mut first = Read::by_ref(&mut file).take(4);
    first.read_to_end(&mut start).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .map_err(unreadable)?;
    if BIG_TIFF.iter().any(|big| *big == start[..]) {
        reader.set_format(ImageFormat::Tiff);
    }
    let format = reader
        .format()
        .ok_or_else(|| undecodable(path, &"none of these formats"))?;
    if format == ImageFormat::Tiff && has_endless_text(path) {
        return Err(undecodable(path, &"a text that is longer than the file"));
    }
    Ok((reader, format, length))
}

/// The format of an image's file.
pub(crate) fn format(path: &Path) -> Result<ImageFormat, DataError> {
    open(path).map(|(_, format, _)| format)
}

/// Bytes of the file itself that a decoder keeps in memory: all of a JPEG or a WebP.
fn held(path: &Path, format: ImageFormat, length: u64) -> Result<u64, DataError> {
    let name = match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::WebP => "WebP",
        _ => return Ok(0),
    };
    if length > MAX_BYTES {
        let found = format!("a {name} of {} MB", length / 1_000_000);
        return Err(too_large(path, found));
    }
    Ok(length)
}

/// A decoder that has read the header.
fn decoder(path: &Path) -> Result<impl ImageDecoder, DataError> {
    let (mut reader, format, length) = open(path)?;
    let held = held(path, format, length)?;
    if format == ImageFormat::WebP {
        check_chunks(path)?;
    }
    let mut limits = Limits::default();
    // Except for PNG, the limit includes the decoded image.
    limits.max_alloc = Some(match format {
        ImageFormat::Png => MAX_BESIDE,
        _ => MAX_BYTES + MAX_BESIDE,
    });
    reader.limits(limits);
    let broken = |error| undecodable(path, &error);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let mut bytes = held + decoder.total_bytes();
    let mut plausible = length;
    if format == ImageFormat::WebP {
        // Its decoder makes four bytes of a pixel, and then the image of them.
        bytes += 4 * u64::from(height) * u64::from(width);
        // An image of one colour, such as an empty mask, has a few bytes at any size.
        plausible = u64::MAX;
    }
    check_size(path, plausible, [height, width], bytes)?;
    if format == ImageFormat::Gif {
        // A frame may be larger than the image.
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_BYTES - bytes + MAX_BESIDE);
        decoder.set_limits(limits).map_err(broken)?;
    }
    Ok(decoder)
}

fn unreadable(path: &Path, error: &io::Error) -> DataError {
    DataError::new(
        path,
        "a file that can be read",
        error.to_string(),
        "check the path and the file's rights",
    )
}
