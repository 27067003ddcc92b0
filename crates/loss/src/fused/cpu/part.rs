//! How a batch is cut into chunks, parts and tiles.

use super::super::settings::EnvelopeSettings;

/// Pixels of a tile: a few numbers for each fit into the first-level cache.
pub(super) const TILE: usize = 128;
/// Pixels of a chunk.
pub(super) const CHUNK: usize = 4096;

/// A batch of logits `[image, class, pixel]` and labels `[image, pixel]`.
#[derive(Clone, Copy)]
pub(in super::super) struct Batch<'a> {
    pub(in super::super) logits: &'a [f32],
    pub(in super::super) labels: &'a [i32],
    /// Pixels of an image.
    pub(in super::super) pixels: usize,
}

/// Neighbouring pixels of one image.
pub(super) struct Part<'a> {
    /// The image's logits, beginning at the first pixel.
    pub(super) logits: &'a [f32],
    pub(super) labels: &'a [i32],
    /// Distance between a pixel's logits of consecutive classes.
    pub(super) stride: usize,
}

impl Part<'_> {
    /// The logits of a class in a whole tile of pixels from `first`; `None` if the part ends before.
    #[inline(always)]
    pub(super) fn tile(&self, class: usize, first: usize) -> Option<&[f32; TILE]> {
        if first + TILE > self.labels.len() {
            return None;
        }
        let start = class * self.stride + first;
        self.logits[start..start + TILE].try_into().ok()
    }
}

impl<'a> Batch<'a> {
    pub(super) fn part(
        &self,
        image: usize,
        first: usize,
        count: usize,
        classes: usize,
    ) -> Part<'a> {
        let start = image * classes * self.pixels + first;
        let end = (image + 1) * classes * self.pixels;
        Part {
            logits: &self.logits[start..end],
            labels: &self.labels[image * self.pixels + first..][..count],
            stride: self.pixels,
        }
    }
}

/// A tile's labels, padded with the ignore value.
#[inline(always)]
pub(super) fn tile_labels(labels: &[i32], ignore: i32) -> [i32; TILE] {
    let mut tile = [ignore; TILE];
    tile[..labels.len()].copy_from_slice(labels);
    tile
}

/// The class of a label; 0 for a label that is no class, since its NaN must reach some class's sum.
pub(super) fn class_of(label: i32, settings: &EnvelopeSettings) -> usize {
    usize::try_from(label)
        .ok()
        .filter(|&class| class < settings.classes())
        .unwrap_or(0)
}
