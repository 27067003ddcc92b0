//! Label images and volumes of any program, before their values have a meaning.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::LabelVolume;
use crate::labels::label_images::read_raw_labels;
use crate::labels::label_value::LabelValue;
use crate::labels::label_values::LabelValues;
use crate::labels::raw_labels::RawLabels;

/// The values of a label image, or of a volume of labels.
pub struct LabelFile {
    /// The file.
    pub path: PathBuf,
    raw: RawLabels,
    shape: [usize; 3],
}

impl LabelFile {
    /// Reads a label image.
    ///
    /// # Errors
    ///
    /// As [`read_image`](crate::read_image), and for values that are not whole numbers.
    pub fn read_image(path: &Path) -> Result<Self, DataError> {
        let raw = read_raw_labels(path)?.compact();
        Ok(Self {
            path: path.to_path_buf(),
            shape: [1, raw.height, raw.width],
            raw,
        })
    }

    /// A volume of labels read from `path`.
    pub fn of_volume(path: &Path, volume: LabelVolume) -> Self {
        let [slices, rows, columns] = volume.shape;
        Self {
            path: path.to_path_buf(),
            shape: volume.shape,
            raw: RawLabels::of_bytes(slices * rows, columns, volume.classes),
        }
    }

    pub(crate) fn raw(&self) -> &RawLabels {
        &self.raw
    }

    pub(crate) fn is_lossy(&self) -> bool {
        self.raw.is_lossy
    }

    /// The classes of its values.
    pub(crate) fn volume(&self, values: &LabelValues) -> Result<LabelVolume, DataError> {
        let LabelMap { classes, .. } = values.apply(&self.raw, &self.path)?;
        Ok(LabelVolume {
            shape: self.shape,
            classes,
        })
    }

    /// The grey values that occur; `None` if there are colours.
    pub(crate) fn greys(&self) -> Option<BTreeSet<u16>> {
        let reading = self.raw.usual_reading();
        let values = self.raw.distinct(usize::from(u16::MAX) + 1)?;
        let grey = |value| match self.raw.interpreted(value, reading) {
            LabelValue::Grey(grey) => Some(grey),
            LabelValue::Colour(_) => None,
        };
        values.into_iter().map(grey).collect()
    }

    /// Remarks on an ambiguous encoding, whatever the values mean.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let notes = self.raw.notes(self.raw.usual_reading()).into_iter();
        notes.map(|note| (self.path.clone(), note.to_string()))
    }
}
