//! Bounds on what a file may claim, and the errors of files that exceed them.

use std::path::Path;

use crate::error::DataError;

/// Maximum number of pixels of an image; 8-bit label images can reach it.
pub(crate) const MAX_PIXELS: u64 = 100_000_000;

/// Maximum number of pixels per byte of a file: more than the densest format reaches, a PNG of one bit and one colour
/// (8256). A header that claims more is wrong, and is refused before memory is allocated.
pub(crate) const MAX_PIXELS_PER_BYTE: u64 = 10_000;

/// Maximum size in bytes of a decoded image, including the file of a JPEG, which its decoder keeps in memory: 50 million
/// pixels of three 8-bit colours from 20 MB.
pub(crate) const MAX_BYTES: u64 = 170_000_000;

/// Maximum number of further bytes that a decoder may use for profiles, comments and buffers.
pub(crate) const MAX_BESIDE: u64 = 16_000_000;

/// Checks that an image fits into memory, and that a file of `length` bytes can encode that many pixels.
pub(crate) fn check_size(
    path: &Path,
    length: u64,
    [height, width]: [u32; 2],
    bytes: u64,
) -> Result<(), DataError> {
    let pixels = u64::from(height) * u64::from(width);
    if pixels == 0 {
        let found = format!("{height}×{width} pixels");
        return Err(undecodable(path, &found));
    }
    if pixels > MAX_PIXELS || bytes > MAX_BYTES {
        let found = format!("{height}×{width}, {} MB", bytes / 1_000_000);
        return Err(too_large(path, found));
    }
    if pixels > length.saturating_mul(MAX_PIXELS_PER_BYTE) {
        let found = format!("{length} bytes for {height}×{width} pixels");
        return Err(undecodable(path, &found));
    }
    Ok(())
}

pub(crate) fn too_large(path: &Path, found: String) -> DataError {
    DataError::new(
        path,
        format!(
            "an image of at most {} million pixels and {} MB when it is decoded",
            MAX_PIXELS / 1_000_000,
            MAX_BYTES / 1_000_000
        ),
        found,
        "scale it down; networks see a small fraction of that",
    )
}

pub(crate) fn undecodable(path: &Path, error: &dyn std::fmt::Display) -> DataError {
    DataError::new(
        path,
        "a complete PNG, JPEG, TIFF, BMP, GIF or WebP image",
        error.to_string(),
        "open it in an image viewer; copy or save it again if that fails too",
    )
}

/// Maximum number of voxels of a volume: 64 slices of 512×512. A short-axis heart has fewer than a million.
pub(crate) const MAX_VOXELS: usize = 1 << 24;
