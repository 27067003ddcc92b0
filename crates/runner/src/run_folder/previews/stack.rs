//! Images of one size, stacked from top to bottom in one PNG.

use std::io::Cursor;
use std::path::Path;

use data::{LabelMap, PlanarImage};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, ImageReader, Limits};

use crate::error::RunnerError;
use crate::files::disk::read_bounded;

/// Largest size in bytes of a file.
const MOST: u64 = 1 << 28;
/// Most memory that decoding may take.
const MOST_MEMORY: u64 = 1 << 30;

/// Colour images as the bytes of one PNG.
///
/// # Errors
///
/// An image of another size than `[height, width]`.
pub(super) fn image_stack<'a>(
    images: impl Iterator<Item = &'a PlanarImage>,
    size: [usize; 2],
) -> Result<Vec<u8>, RunnerError> {
    let pixels = size[0] * size[1];
    let mut bytes = Vec::new();
    for image in images {
        check([image.height, image.width], size)?;
        let value = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        bytes.extend((0..pixels).flat_map(|pixel| {
            [0, 1, 2].map(|channel| value(image.values[channel * pixels + pixel]))
        }));
    }
    encoded(&bytes, 3 * pixels, size, ExtendedColorType::Rgb8)
}

/// Labels as the bytes of one PNG, a grey value for each class.
///
/// # Errors
///
/// Labels of another size than `[height, width]`.
pub(super) fn label_stack<'a>(
    labels: impl Iterator<Item = &'a LabelMap>,
    size: [usize; 2],
) -> Result<Vec<u8>, RunnerError> {
    let mut bytes = Vec::new();
    for map in labels {
        check([map.height, map.width], size)?;
        bytes.extend_from_slice(&map.classes);
    }
    encoded(&bytes, size[0] * size[1], size, ExtendedColorType::L8)
}

fn check(found: [usize; 2], size: [usize; 2]) -> Result<(), RunnerError> {
    if found == size {
        return Ok(());
    }
    Err(RunnerError::bug(format!(
        "a preview of {found:?} pixels among those of {size:?}"
    )))
}

/// The PNG of images whose `bytes` follow each other, `of_one` bytes each.
fn encoded(
    bytes: &[u8],
    of_one: usize,
    [height, width]: [usize; 2],
    colours: ExtendedColorType,
) -> Result<Vec<u8>, RunnerError> {
    let count = bytes.len() / of_one.max(1);
    let mut png = Vec::new();
    // Labels are large areas of one value, which need no filter and little effort.
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, width as u32, (count * height) as u32, colours)
        .map_err(RunnerError::bug)?;
    Ok(png)
}

/// Reads `count` colour images of this size.
///
/// # Errors
///
/// The file cannot be read, or has another size.
pub(super) fn read_images(
    path: &Path,
    count: usize,
    size: [usize; 2],
) -> Result<Vec<PlanarImage>, RunnerError> {
    let decoded = decode(path, count, size)?.into_rgb8();
    let pixels = size[0] * size[1];
    let parts = decoded.as_raw().chunks_exact(3 * pixels);
    let image = |part: &[u8]| {
        let plane = |channel: usize| {
            let values = part.iter().skip(channel).step_by(3);
            values.map(|value| f32::from(*value) / 255.0)
        };
        PlanarImage {
            height: size[0],
            width: size[1],
            values: [0, 1, 2].into_iter().flat_map(plane).collect(),
        }
    };
    Ok(parts.map(image).collect())
}

/// Reads `count` label images of this size.
///
/// # Errors
///
/// The file cannot be read, or has another size.
pub(super) fn read_labels(
    path: &Path,
    count: usize,
    size: [usize; 2],
) -> Result<Vec<LabelMap>, RunnerError> {
    let decoded = decode(path, count, size)?.into_luma8();
    let parts = decoded.as_raw().chunks_exact(size[0] * size[1]);
    let labels = |part: &[u8]| LabelMap {
        height: size[0],
        width: size[1],
        classes: part.to_vec(),
    };
    Ok(parts.map(labels).collect())
}

fn decode(
    path: &Path,
    count: usize,
    [height, width]: [usize; 2],
) -> Result<DynamicImage, RunnerError> {
    let bytes = read_bounded(path, MOST).map_err(|error| RunnerError::unreadable(path, error))?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(width as u32);
    limits.max_image_height = Some((count * height) as u32);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let image = reader
        .decode()
        .map_err(|error| RunnerError::unreadable(path, error))?;
    let found = [image.height() as usize, image.width() as usize];
    if found == [count * height, width] {
        return Ok(image);
    }
    Err(RunnerError::mismatch(
        format!("{count} images of {height}×{width} pixels, one below the other"),
        format!("{}×{} pixels", found[0], found[1]),
        "remove the folder `previews`: the run can be used without it",
    )
    .at(path.display()))
}
