//! Class numbers of a volume.

#[cfg(test)]
mod tests;

use crate::images::label_map::LabelMap;

/// Class numbers of a volume, or of an image as a volume of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelVolume {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// One class number per voxel, slice after slice, row after row.
    pub classes: Vec<u8>,
}

/// The name of an image among the training images: the stem of its file and, for one of several slices of a volume, its index.
pub fn image_name(stem: &str, slice: usize, slices: usize) -> String {
    if slices == 1 {
        stem.to_string()
    } else {
        format!("{stem}, slice {slice}")
    }
}

impl LabelVolume {
    /// Stacks slices of equal size.
    ///
    /// # Panics
    ///
    /// If there are none, or their sizes differ.
    pub fn of_slices(slices: impl IntoIterator<Item = LabelMap>) -> Self {
        let mut slices = slices.into_iter();
        let mut whole = Self::from(slices.next().expect("a slice"));
        for slice in slices {
            assert_eq!([slice.height, slice.width], whole.shape[1..]);
            whole.shape[0] += 1;
            whole.classes.extend(slice.classes);
        }
        whole
    }

    /// One slice.
    ///
    /// # Panics
    ///
    /// If there is no such slice.
    pub fn slice(&self, index: usize) -> LabelMap {
        let [_, height, width] = self.shape;
        LabelMap {
            height,
            width,
            classes: self.classes[index * height * width..][..height * width].to_vec(),
        }
    }
}

impl From<LabelMap> for LabelVolume {
    fn from(map: LabelMap) -> Self {
        Self {
            shape: [1, map.height, map.width],
            classes: map.classes,
        }
    }
}
