//! The image of a case: a photograph or a volume.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::images::planar_image::PlanarImage;
use crate::images::volume::Volume;

/// The image of a case: a photograph, or a volume with normalised values.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseImage {
    /// A photograph.
    Photograph(PlanarImage),
    /// A volume.
    Volume(Volume),
}

impl CaseImage {
    /// Slices, rows, columns; a photograph is one slice.
    pub fn shape(&self) -> [usize; 3] {
        match self {
            Self::Photograph(image) => [1, image.height, image.width],
            Self::Volume(volume) => volume.grid.shape,
        }
    }

    /// Distances between neighbouring voxels along the three axes: in millimetres, or 1 for the pixels of a photograph.
    pub fn spacing(&self) -> [f64; 3] {
        match self {
            Self::Photograph(_) => [1.0; 3],
            Self::Volume(volume) => volume.grid.spacing,
        }
    }

    /// A photograph, or one slice of a volume as a grey image.
    ///
    /// # Panics
    ///
    /// If there is no such slice.
    pub fn slice(&self, index: usize) -> Cow<'_, PlanarImage> {
        match self {
            Self::Photograph(image) => {
                assert_eq!(index, 0, "a photograph is one slice");
                Cow::Borrowed(image)
            }
            Self::Volume(volume) => Cow::Owned(volume.slice(index)),
        }
    }

    /// Passes every slice with its index to `change`. Of a volume, the first of the three planes is kept.
    pub(crate) fn change_slices(&mut self, mut change: impl FnMut(usize, &mut PlanarImage)) {
        match self {
            Self::Photograph(image) => change(0, image),
            Self::Volume(volume) => {
                let [slices, rows, columns] = volume.grid.shape;
                let pixels = rows * columns;
                for index in 0..slices {
                    let mut slice = volume.slice(index);
                    change(index, &mut slice);
                    volume.values[index * pixels..][..pixels]
                        .copy_from_slice(&slice.values[..pixels]);
                }
            }
        }
    }

    /// All slices in order.
    pub fn slices(&self) -> impl Iterator<Item = Cow<'_, PlanarImage>> {
        (0..self.shape()[0]).map(|index| self.slice(index))
    }
}
