//! Reads `images.npz`: how each training image fared in each epoch.

use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::Path;

use data::{NpyHeader, Numbers};
use zip::ZipArchive;

use crate::error::RunnerError;
use crate::files::disk::read_bounded;
use crate::run_folder::image_records::FILE;

/// Largest size of the archive in bytes; the writer's largest is a little more than 128 MiB.
const MOST_BYTES: u64 = 1 << 28;
/// Most numbers of an array.
const MOST_NUMBERS: u64 = 1 << 25;

/// The records of a training, as its last epoch left them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ImageHistory {
    /// Names of the images.
    pub(crate) names: Vec<String>,
    /// Number of epochs.
    pub(crate) epochs: usize,
    /// Number of classes.
    pub(crate) classes: usize,
    /// Loss by epoch and image.
    loss: Vec<f32>,
    /// Weight by epoch and image.
    weight: Vec<f32>,
    /// Fraction of pixels kept, by epoch, image and class.
    kept: Vec<f32>,
    /// Pixels of a class as a fraction of all, by epoch, image and class.
    valid: Vec<f32>,
    /// Mean margin of the label, by epoch, image and class; none in a run of an earlier version.
    margin: Option<Vec<f32>>,
}

impl ImageHistory {
    /// Reads the records of a run; none if it has no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no archive as a training writes it.
    pub(crate) fn read(run: &Path) -> Result<Option<Self>, RunnerError> {
        let path = run.join(FILE);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let bytes = read_bounded(&path, MOST_BYTES)
            .map_err(|error| RunnerError::unreadable(&path, error))?;
        Self::of_bytes(bytes).map(Some).map_err(|found| {
            RunnerError::mismatch(
                "the records that a training writes",
                found,
                "remove the file: the report is made without it",
            )
            .at(path.display())
        })
    }

    fn of_bytes(bytes: Vec<u8>) -> Result<Self, String> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        let has_margin = archive.index_for_name("margin.npy").is_some();
        let mut entry = |name: &str| -> Result<(NpyHeader, Vec<u8>), String> {
            let in_entry = |error: String| format!("{name}: {error}");
            let entry = archive
                .by_name(name)
                .map_err(|error| in_entry(error.to_string()))?;
            let mut bytes = Vec::new();
            let read = entry.take(MOST_BYTES).read_to_end(&mut bytes);
            read.map_err(|error| in_entry(error.to_string()))?;
            let mut rest = &bytes[..];
            let header = NpyHeader::read(&mut rest).map_err(|error| in_entry(error.to_string()))?;
            let rest = rest.to_vec();
            Ok((header, rest))
        };
        let (header, bytes) = entry("names.npy")?;
        let names = texts(&header, &bytes)?;
        let mut numbers = |name: &str| -> Result<(Vec<u64>, Vec<f32>), String> {
            let (header, bytes) = entry(name)?;
            if header.columns_first || header.count().is_none_or(|count| count > MOST_NUMBERS) {
                return Err(format!("{name} of the shape {:?}", header.shape));
            }
            let numbers = Numbers::new(&header, &bytes[..]);
            let numbers = numbers.ok_or_else(|| format!("{name} of {}", header.element))?;
            let values: Result<Vec<f32>, std::io::Error> = numbers
                .map(|number| number.map(|number| number.to_f64() as f32))
                .collect();
            let values = values.map_err(|error| format!("{name}: {error}"))?;
            Ok((header.shape, values))
        };
        let (shape, kept) = numbers("kept.npy")?;
        let &[epochs, images, classes] = &shape[..] else {
            return Err(format!("kept.npy of the shape {shape:?}"));
        };
        let (of_valid, valid) = numbers("valid.npy")?;
        let (of_loss, loss) = numbers("loss.npy")?;
        let (of_weight, weight) = numbers("weight.npy")?;
        let (of_margin, margin) = if has_margin {
            let (shape, values) = numbers("margin.npy")?;
            (shape, Some(values))
        } else {
            (shape.clone(), None)
        };
        let flat = vec![epochs, images];
        if [&of_valid, &of_margin] != [&shape; 2]
            || [&of_loss, &of_weight] != [&flat; 2]
            || names.len() as u64 != images
        {
            return Err("arrays of different shapes".into());
        }
        Ok(Self {
            names,
            epochs: epochs as usize,
            classes: classes as usize,
            loss,
            weight,
            kept,
            valid,
            margin,
        })
    }

    /// Loss of an image in an epoch, from 0; NaN if it did not take part.
    pub(crate) fn loss(&self, epoch: usize, image: usize) -> f32 {
        self.loss[epoch * self.names.len() + image]
    }

    /// Weight of an image in an epoch, from 0; NaN if it did not take part.
    pub(crate) fn weight(&self, epoch: usize, image: usize) -> f32 {
        self.weight[epoch * self.names.len() + image]
    }

    /// Mean margins of an image's label in an epoch, from 0, by class, NaN without pixels of it; none in a run of an earlier
    /// version.
    pub(crate) fn margins(&self, epoch: usize, image: usize) -> Option<&[f32]> {
        let start = (epoch * self.names.len() + image) * self.classes;
        Some(&self.margin.as_ref()?[start..start + self.classes])
    }

    /// Fraction of an image's pixels that the pixel rule kept in an epoch, from 0; none if it did not take part.
    pub(crate) fn kept(&self, epoch: usize, image: usize) -> Option<f64> {
        self.kept_of(epoch..epoch + 1, image)
    }

    /// Mean weight of an image in the last `epochs` epochs; none if it took part in none of them.
    pub(crate) fn late_weight(&self, image: usize, epochs: usize) -> Option<f64> {
        self.late(&self.weight, image, epochs)
    }

    /// Mean loss of an image in the last `epochs` epochs; none if it took part in none of them.
    pub(crate) fn late_loss(&self, image: usize, epochs: usize) -> Option<f64> {
        self.late(&self.loss, image, epochs)
    }

    fn late(&self, values: &[f32], image: usize, epochs: usize) -> Option<f64> {
        let late = self.epochs.saturating_sub(epochs)..self.epochs;
        let values = late.map(|epoch| values[epoch * self.names.len() + image]);
        mean(values)
    }

    /// Fraction of an image's pixels that the pixel rule kept in the last `epochs` epochs; none if it took part in none of them.
    pub(crate) fn late_kept(&self, image: usize, epochs: usize) -> Option<f64> {
        self.kept_of(self.epochs.saturating_sub(epochs)..self.epochs, image)
    }

    fn kept_of(&self, epochs: Range<usize>, image: usize) -> Option<f64> {
        let mut sums = [0.0; 2];
        for epoch in epochs {
            let start = (epoch * self.names.len() + image) * self.classes;
            for place in start..start + self.classes {
                let (kept, valid) = (f64::from(self.kept[place]), f64::from(self.valid[place]));
                if kept.is_finite() && valid.is_finite() {
                    sums[0] += kept * valid;
                    sums[1] += valid;
                }
            }
        }
        (sums[1] > 0.0).then(|| sums[0] / sums[1])
    }

    /// Of a class: the mean fraction of an image's pixels, and the images that contain it, in the first epoch that has a record of
    /// each image. Augmentation has been applied: these are the images as the network saw them.
    pub(crate) fn class_area(&self, class: usize) -> (f64, usize) {
        let images = self.names.len();
        let mut areas = Vec::new();
        for image in 0..images {
            let area = (0..self.epochs)
                .map(|epoch| self.valid[(epoch * images + image) * self.classes + class])
                .find(|area| area.is_finite());
            areas.extend(area);
        }
        let containing = areas.iter().filter(|area| **area > 0.0).count();
        (mean(areas.into_iter()).unwrap_or(0.0), containing)
    }
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f64> {
    let finite: Vec<f64> = values
        .map(f64::from)
        .filter(|value| value.is_finite())
        .collect();
    metrics::statistics::mean(&finite)
}

/// The texts of an array in NumPy's UTF-32.
fn texts(header: &NpyHeader, bytes: &[u8]) -> Result<Vec<String>, String> {
    let wrong = || {
        format!(
            "names of the type {} and shape {:?}",
            header.element, header.shape
        )
    };
    let width = header.element.trim_matches('\'').strip_prefix("<U");
    let width: usize = width
        .and_then(|width| width.parse().ok())
        .ok_or_else(wrong)?;
    let &[count] = &header.shape[..] else {
        return Err(wrong());
    };
    let size = width
        .checked_mul(4)
        .filter(|size| *size > 0)
        .ok_or_else(wrong)?;
    if (count as usize).checked_mul(size) != Some(bytes.len()) {
        return Err(wrong());
    }
    let texts = bytes.chunks_exact(size).map(|text| {
        let (letters, _) = text.as_chunks::<4>();
        let letters = letters.iter().map(|letter| u32::from_le_bytes(*letter));
        letters
            .take_while(|letter| *letter != 0)
            .map(|letter| char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    });
    Ok(texts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_folder::image_records::{ImageRecord, ImageRecords};

    #[test]
    fn what_a_training_writes_is_read_back() {
        let mut records = ImageRecords::new(2, 2, 3);
        let record = ImageRecord {
            loss: 0.5,
            weight: 0.25,
            kept: &[6.0, 1.0],
            valid: &[8.0, 2.0],
            pixels: 16,
            margins: &[4.0, -1.0],
            margin_pixels: &[8.0, 2.0],
        };
        for epoch in 1..=2 {
            records.add(epoch, 1, record);
        }
        records.add(
            3,
            1,
            ImageRecord {
                loss: 1.0,
                weight: 0.75,
                ..record
            },
        );
        let names = ["a", "<ü>"].map(String::from);
        let bytes = records
            .archive(&names, 3)
            .expect("an archive")
            .expect("kept");
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(ImageHistory::read(folder.path()).expect("none"), None);
        std::fs::write(folder.path().join(FILE), &bytes).expect("written");
        let history = ImageHistory::read(folder.path())
            .expect("read")
            .expect("there");
        assert_eq!(history.names, names);
        assert_eq!([history.epochs, history.classes], [3, 2]);
        assert_eq!(history.late_weight(1, 2), Some(0.5));
        assert_eq!(history.late_loss(1, 9), Some(2.0 / 3.0));
        assert_eq!(history.late_weight(0, 2), None);
        assert_eq!(history.late_kept(1, 1), Some(0.7));
        assert_eq!(history.late_kept(0, 1), None);
        assert_eq!(history.class_area(1), (0.125, 1));

        for end in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(folder.path().join(FILE), &bytes[..end]).expect("written");
            let error = ImageHistory::read(folder.path()).expect_err("cut short");
            assert_eq!(error.exit_code, 2, "{error}");
        }
    }
}
