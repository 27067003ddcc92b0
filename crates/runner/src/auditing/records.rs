//! What training noted about its images in `images.npz`, averaged over the epochs.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use data::{ElementKind, NpyHeader, Numbers};
use zip::ZipArchive;

use crate::error::RunnerError;
use crate::files::disk::read_bounded;
use crate::run_folder::image_records::{FILE, MOST_BYTES};

/// Largest size in bytes of the file: its numbers, and names of images.
const MOST: u64 = MOST_BYTES + (1 << 26);

/// What a training noted about an image; a higher score means more doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Recorded {
    /// Minus the area under the margin: the mean over epochs of the mean over the classes in the image. None in a run of an
    /// earlier version.
    pub(crate) margin: Option<f64>,
    /// Mean loss over the epochs.
    pub(crate) loss: Option<f64>,
    /// Mean fraction of the pixels that the pixel rule excluded.
    pub(crate) dropped: Option<f64>,
    /// Mean weight of the image.
    pub(crate) weight: Option<f64>,
}

/// Reads the records of a run, by the names of its training images.
///
/// # Errors
///
/// There are none, or the file is damaged.
pub(crate) fn read(run: &Path) -> Result<BTreeMap<String, Recorded>, RunnerError> {
    let path = run.join(FILE);
    let bytes = read_bounded(&path, MOST).map_err(|error| {
        RunnerError::unreadable(&path, error).with_advice(
            "a training writes it after each epoch, if it is not too large; for a run of an earlier version, repeat the training \
             (`selvedge train RUN`), or use `selvedge audit train`",
        )
    })?;
    records(&bytes).map_err(|found| {
        RunnerError::mismatch(
            "the arrays that a training writes",
            found,
            "restore the file, or repeat the training",
        )
        .at(path.display())
    })
}

fn records(bytes: &[u8]) -> Result<BTreeMap<String, Recorded>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut entry = |name: &str| -> Result<Option<Vec<u8>>, String> {
        let mut bytes = Vec::new();
        match archive.by_name(&format!("{name}.npy")) {
            Ok(file) => file.take(MOST).read_to_end(&mut bytes),
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(format!("{name}: {error}")),
        }
        .map_err(|error| format!("{name}: {error}"))?;
        Ok(Some(bytes))
    };
    let missing = |name: &str| format!("no array '{name}'");
    let names = names(&entry("names")?.ok_or_else(|| missing("names"))?)?;
    let mut required = |name: &str, by_class: bool| {
        let bytes = entry(name)?.ok_or_else(|| missing(name))?;
        Values::read(&bytes, names.len(), by_class).map_err(|error| format!("{name}: {error}"))
    };
    let loss = required("loss", false)?;
    let weight = required("weight", false)?;
    let kept = required("kept", true)?;
    let valid = required("valid", true)?;
    let margin = match entry("margin")? {
        Some(bytes) => Some(Values::read(&bytes, names.len(), true)?),
        None => None,
    };
    let fits = |values: &Values| values.values.len() == kept.values.len();
    if loss.values.len() != weight.values.len()
        || loss.epochs() != kept.epochs()
        || !fits(&valid)
        || !margin.as_ref().is_none_or(fits)
    {
        return Err("arrays of different shapes".to_string());
    }
    let recorded = |image: usize| {
        let dropped = (0..kept.epochs())
            .filter_map(|epoch| dropped(kept.of(epoch, image), valid.of(epoch, image)));
        let margins = |margin: &Values| {
            let margins = (0..margin.epochs()).filter_map(|epoch| mean(margin.of(epoch, image)));
            mean(&margins.collect::<Vec<f64>>()).map(|margin| -margin)
        };
        let over_epochs = |values: &Values| {
            let values = (0..values.epochs()).map(|epoch| values.of(epoch, image)[0]);
            mean(&values.collect::<Vec<f64>>())
        };
        Recorded {
            margin: margin.as_ref().and_then(margins),
            loss: over_epochs(&loss),
            dropped: mean(&dropped.collect::<Vec<f64>>()),
            weight: over_epochs(&weight),
        }
    };
    let recorded = (0..names.len()).map(recorded).collect::<Vec<Recorded>>();
    Ok(names.into_iter().zip(recorded).collect())
}

/// The mean of the values that are numbers; none if there are none.
fn mean(values: &[f64]) -> Option<f64> {
    let numbers: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    metrics::statistics::mean(&numbers)
}

/// The fraction of an image's pixels that were excluded; none if the image was skipped.
fn dropped(kept: &[f64], valid: &[f64]) -> Option<f64> {
    let (mut all, mut excluded) = (0.0, 0.0);
    for (kept, valid) in kept.iter().zip(valid) {
        if !kept.is_nan() && !valid.is_nan() {
            all += valid;
            excluded += (1.0 - kept) * valid;
        }
    }
    (all > 0.0).then(|| excluded / all)
}

/// An array `[epoch, image]`, or `[epoch, image, class]`.
struct Values {
    values: Vec<f64>,
    images: usize,
    classes: usize,
}

impl Values {
    fn read(bytes: &[u8], images: usize, by_class: bool) -> Result<Self, String> {
        let mut reader = Cursor::new(bytes);
        let header = NpyHeader::read(&mut reader).map_err(|error| error.to_string())?;
        let rank = if by_class { 3 } else { 2 };
        let shape = &header.shape;
        let fits = shape.len() == rank && shape[1] == images as u64 && !header.columns_first;
        // Every number takes at least one byte.
        let count = header.count().filter(|count| *count <= bytes.len() as u64);
        if !fits || count.is_none() || header.kind() != ElementKind::Float {
            return Err(format!("the shape {shape:?} for {images} images"));
        }
        let classes = if by_class { shape[2] as usize } else { 1 };
        let numbers = Numbers::new(&header, reader).ok_or("another type of numbers")?;
        let values: Result<Vec<f64>, _> = numbers.map(|one| one.map(|one| one.to_f64())).collect();
        Ok(Self {
            values: values.map_err(|error| error.to_string())?,
            images,
            classes,
        })
    }

    fn epochs(&self) -> usize {
        self.values.len() / (self.images * self.classes).max(1)
    }

    fn of(&self, epoch: usize, image: usize) -> &[f64] {
        &self.values[(epoch * self.images + image) * self.classes..][..self.classes]
    }
}

/// The texts of an array of UTF-32, padded with zeros.
fn names(bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut reader = Cursor::new(bytes);
    let header = NpyHeader::read(&mut reader).map_err(|error| format!("names: {error}"))?;
    let rest = &bytes[reader.position() as usize..];
    let width = header.element.trim_matches('\'').strip_prefix("<U");
    let width = width.and_then(|width| width.parse::<usize>().ok());
    let (Some(width), [count]) = (width, &header.shape[..]) else {
        return Err(format!("names of the type {}", header.element));
    };
    let size = width.checked_mul(4).filter(|size| *size > 0);
    let size = size.filter(|size| (*count as usize).checked_mul(*size) == Some(rest.len()));
    let size = size.ok_or_else(|| format!("names: {} bytes for {count} of them", rest.len()))?;
    let name = |text: &[u8]| -> Option<String> {
        let (letters, _) = text.as_chunks::<4>();
        let letters = letters.iter().map(|letter| u32::from_le_bytes(*letter));
        letters
            .take_while(|letter| *letter != 0)
            .map(char::from_u32)
            .collect()
    };
    let names: Option<Vec<String>> = rest.chunks_exact(size).map(name).collect();
    names.ok_or_else(|| "names that are no text".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_folder::image_records::{ImageRecord, ImageRecords};

    fn archive() -> Vec<u8> {
        let mut records = ImageRecords::new(2, 2, 2);
        let record = ImageRecord {
            loss: 0.5,
            weight: 0.25,
            kept: &[6.0, 1.0],
            valid: &[8.0, 2.0],
            margins: &[3.0, -2.0],
            margin_pixels: &[2.0, 1.0],
            pixels: 16,
        };
        records.add(1, 0, record);
        records.add(
            2,
            0,
            ImageRecord {
                loss: 1.5,
                ..record
            },
        );
        records.add(
            2,
            1,
            ImageRecord {
                margins: &[4.0, 0.0],
                margin_pixels: &[1.0, 0.0],
                ..record
            },
        );
        let names = ["ä".to_string(), "b, slice 3".to_string()];
        records
            .archive(&names, 2)
            .expect("an archive")
            .expect("kept")
    }

    #[test]
    fn records_are_means_over_the_epochs_in_which_an_image_was_seen() {
        let found = records(&archive()).expect("records");
        let one = found["ä"];
        assert_eq!((one.loss, one.weight), (Some(1.0), Some(0.25)));
        // Margins 1.5 and −2; 3 of 10 pixels were excluded.
        assert_eq!(one.margin, Some(0.25));
        assert!((one.dropped.expect("a share") - 0.3).abs() < 1e-6);
        let other = found["b, slice 3"];
        assert_eq!((other.loss, other.margin), (Some(0.5), Some(-4.0)));
    }

    #[test]
    fn damaged_records_are_refused_and_missing_ones_are_explained() {
        let whole = archive();
        for length in [0, 10, whole.len() / 2, whole.len() - 1] {
            assert!(records(&whole[..length]).is_err(), "{length}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let error = read(folder.path()).expect_err("no file");
        assert!(error.advice.contains("selvedge audit train"), "{error:?}");
        std::fs::write(folder.path().join(FILE), b"PK").expect("written");
        let error = read(folder.path()).expect_err("damaged");
        assert!(error.message().contains(FILE), "{error}");
    }
}
