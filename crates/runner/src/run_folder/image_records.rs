//! `images.npz`: how each training image fared in each epoch: its loss, its weight, the pixels that the pixel rule kept, and its
//! margins.
//!
//! The numbers are those that are read back for the loss store, so they cost no wait for the device. Checkpoints contain them, so
//! that a resumed run writes the same bytes.

use std::io;
use std::path::Path;

use crate::error::RunnerError;
use crate::files::arrays::{Archive, npy};
use crate::files::names_array::names_npy;

/// Its name in a run folder.
pub(crate) const FILE: &str = "images.npz";

/// Most numbers that are kept: every checkpoint contains them.
const MOST_NUMBERS: usize = 1 << 25;

/// Largest size in bytes of what a checkpoint contains.
pub(crate) const MOST_BYTES: u64 = 4 * MOST_NUMBERS as u64;

/// The records of a training.
#[derive(Clone, Debug)]
pub(crate) struct ImageRecords {
    images: usize,
    classes: usize,
    /// None if they would be too large.
    values: Option<Vec<f32>>,
}

/// What an epoch did with an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageRecord<'a> {
    pub(crate) loss: f32,
    /// The weight B, from 0 to 1.
    pub(crate) weight: f32,
    /// Pixels kept, by class.
    pub(crate) kept: &'a [f32],
    /// Pixels that are not ignored, by class.
    pub(crate) valid: &'a [f32],
    /// Sums of margins, by class.
    pub(crate) margins: &'a [f32],
    /// Pixels in these sums, by class.
    pub(crate) margin_pixels: &'a [f32],
    /// All pixels.
    pub(crate) pixels: usize,
}

impl ImageRecords {
    /// Before the first epoch. Warns if the records of all epochs would be too large to keep.
    pub(crate) fn new(images: usize, classes: usize, epochs: usize) -> Self {
        let numbers = images.saturating_mul(width(classes)).saturating_mul(epochs);
        let fits = numbers <= MOST_NUMBERS;
        if !fits {
            tracing::warn!(
                "{FILE} is not written: it would have {numbers} numbers, more than the {MOST_NUMBERS} that checkpoints have room for"
            );
        }
        Self {
            images,
            classes,
            values: fits.then(Vec::new),
        }
    }

    fn width(&self) -> usize {
        width(self.classes)
    }

    fn of_epoch(&self) -> usize {
        self.images * self.width()
    }

    /// Adds what `epoch`, from 1, did with the image of this index. An image without a record in an epoch has NaN.
    pub(crate) fn add(&mut self, epoch: usize, image: usize, record: ImageRecord<'_>) {
        let (width, of_epoch, classes) = (self.width(), self.of_epoch(), self.classes);
        let Some(values) = &mut self.values else {
            return;
        };
        if values.len() < epoch * of_epoch {
            values.resize(epoch * of_epoch, f32::NAN);
        }
        let start = (epoch - 1) * of_epoch + image * width;
        let of_image = &mut values[start..start + width];
        of_image[0] = record.loss;
        of_image[1] = record.weight;
        let (kept, rest) = of_image[2..].split_at_mut(classes);
        let (valid, margin) = rest.split_at_mut(classes);
        for class in 0..classes {
            let pixels = record.valid[class];
            kept[class] = record.kept[class] / pixels;
            valid[class] = pixels / record.pixels as f32;
            margin[class] = record.margins[class] / record.margin_pixels[class];
        }
    }

    /// The numbers of the first `epochs` epochs, by epoch and image; none if they are not kept.
    fn numbers(&self, epochs: usize) -> Option<impl Iterator<Item = f32> + '_> {
        let values = self.values.as_ref()?.iter().copied();
        // The last epoch may have skipped all images.
        let padded = values.chain(std::iter::repeat(f32::NAN));
        Some(padded.take(epochs * self.of_epoch()))
    }

    /// The bytes that a checkpoint contains when `epochs` epochs have begun; none if they are not kept.
    pub(crate) fn to_bytes(&self, epochs: usize) -> Option<Vec<u8>> {
        let numbers = self.numbers(epochs)?;
        Some(numbers.flat_map(f32::to_le_bytes).collect())
    }

    /// Takes over the records of a checkpoint in whose state `epochs` epochs have begun; none of a checkpoint of an earlier
    /// version, whose epochs then have NaN. One that was written before margins were noted lacks only these.
    ///
    /// # Errors
    ///
    /// What was found, if the bytes are not of so many epochs.
    pub(crate) fn restore(&mut self, bytes: Option<&[u8]>, epochs: usize) -> Result<(), String> {
        let numbers = epochs * self.of_epoch();
        let Some(values) = &mut self.values else {
            return Ok(());
        };
        let Some(bytes) = bytes else {
            *values = vec![f32::NAN; numbers];
            return Ok(());
        };
        let without_margins = epochs * self.images * (2 + 2 * self.classes);
        let is_earlier = bytes.len() == 4 * without_margins && without_margins != numbers;
        let (words, _) = bytes.as_chunks::<4>();
        let found = words.iter().map(|word| f32::from_le_bytes(*word));
        if is_earlier {
            *values = with_margins(&found.collect::<Vec<f32>>(), self.classes);
            return Ok(());
        }
        if bytes.len() != 4 * numbers {
            return Err(format!(
                "{} bytes for {epochs} epochs of {} images and {} classes, which take {}",
                bytes.len(),
                self.images,
                self.classes,
                4 * numbers
            ));
        }
        *values = found.collect();
        Ok(())
    }

    /// The bytes of `images.npz` after `epochs` epochs, for images of these names; none if the records are not kept.
    ///
    /// # Errors
    ///
    /// An archive larger than its format allows.
    pub(crate) fn archive(
        &self,
        names: &[String],
        epochs: usize,
    ) -> Result<Option<Vec<u8>>, RunnerError> {
        let Some(values) = self.numbers(epochs).map(Vec::from_iter) else {
            return Ok(None);
        };
        let (width, classes) = (self.width(), self.classes);
        let path = Path::new(FILE);
        let failed = |error: io::Error| RunnerError::unwritable(path, error);
        let mut archive = Archive::new();
        archive
            .store("names.npy", &names_npy(names))
            .map_err(failed)?;
        for (name, first, count) in [
            ("loss", 0, None),
            ("weight", 1, None),
            ("kept", 2, Some(classes)),
            ("valid", 2 + classes, Some(classes)),
            ("margin", 2 + 2 * classes, Some(classes)),
        ] {
            let shape: Vec<usize> = [epochs, self.images].into_iter().chain(count).collect();
            let numbers = values
                .chunks_exact(width)
                .flat_map(|of_image| &of_image[first..first + count.unwrap_or(1)]);
            let bytes = npy(path, &shape, numbers.copied())?;
            archive
                .store(&format!("{name}.npy"), &bytes)
                .map_err(failed)?;
        }
        archive.bytes().map(Some).map_err(failed)
    }
}

/// Numbers of an image in an epoch: loss, weight, and three for each class.
fn width(classes: usize) -> usize {
    2 + 3 * classes
}

/// Records without margins, with NaN in their place.
fn with_margins(values: &[f32], classes: usize) -> Vec<f32> {
    let images = values.chunks(2 + 2 * classes);
    let filled = |of_image: &[f32]| [of_image, &vec![f32::NAN; classes]].concat();
    images.flat_map(filled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: ImageRecord<'_> = ImageRecord {
        loss: 0.5,
        weight: 0.25,
        kept: &[6.0, 0.0],
        valid: &[8.0, 0.0],
        margins: &[3.0, 0.0],
        margin_pixels: &[2.0, 0.0],
        pixels: 16,
    };

    fn records() -> ImageRecords {
        let mut records = ImageRecords::new(3, 2, 4);
        records.add(1, 2, RECORD);
        records.add(2, 0, RECORD);
        records
    }

    #[test]
    fn a_record_has_shares_and_an_image_without_one_has_nan() {
        let values = records().values.expect("kept");
        assert_eq!(values.len(), 2 * 3 * 8);
        let image = |epoch: usize, image: usize| &values[(epoch * 3 + image) * 8..][..8];
        assert_eq!(image(0, 2)[..3], [0.5, 0.25, 0.75]);
        assert!(image(0, 2)[3].is_nan(), "a class without pixels");
        assert_eq!(image(0, 2)[4..7], [0.5, 0.0, 1.5]);
        assert!(
            image(0, 2)[7].is_nan(),
            "no margin of a class without pixels"
        );
        assert!(image(0, 1).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn records_are_restored_to_the_same_bytes() {
        let bytes = records().to_bytes(2).expect("kept");
        assert_eq!(bytes.len(), 4 * 2 * 3 * 8);
        let mut restored = ImageRecords::new(3, 2, 4);
        restored.restore(Some(&bytes), 2).expect("two epochs");
        assert_eq!(restored.to_bytes(2), Some(bytes.clone()));
        let names = ["a", "b", "c"].map(String::from);
        let archive = |records: &ImageRecords| records.archive(&names, 2).expect("an archive");
        assert!(archive(&restored).is_some_and(|bytes| bytes.starts_with(b"PK")));
        assert_eq!(archive(&restored), archive(&records()));
        // A third epoch that skipped every image.
        assert_eq!(restored.to_bytes(3).expect("kept").len(), 288);

        let found = restored.restore(Some(&bytes), 3).expect_err("three");
        assert!(found.contains("192 bytes for 3 epochs"), "{found}");
        restored.restore(None, 2).expect("of an earlier version");
        assert!(
            restored
                .values
                .expect("kept")
                .iter()
                .all(|one| one.is_nan())
        );
    }

    #[test]
    fn records_without_margins_are_of_an_earlier_version() {
        let numbers: Vec<f32> = (0..6).map(|number| number as f32).collect();
        let bytes: Vec<u8> = numbers.iter().copied().flat_map(f32::to_le_bytes).collect();
        let mut restored = ImageRecords::new(1, 2, 4);
        restored.restore(Some(&bytes), 1).expect("one epoch");
        let values = restored.values.expect("kept");
        assert_eq!(values[..6], numbers);
        assert_eq!(values.len(), 8);
        assert!(values[6..].iter().all(|margin| margin.is_nan()));
    }

    #[test]
    fn too_many_records_are_not_kept() {
        let mut records = ImageRecords::new(1 << 20, 6, 10);
        records.add(1, 0, RECORD);
        records.restore(Some(&[1]), 1).expect("nothing to check");
        assert_eq!(records.to_bytes(1), None);
        assert_eq!(records.archive(&[], 1).expect("nothing"), None);
    }
}
