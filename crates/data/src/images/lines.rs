//! Images that are read row by row.

use crate::images::planar_image::PlanarImage;

/// An RGB image that can be read row by row.
pub(crate) trait Lines {
    /// Rows and columns.
    fn size(&self) -> [usize; 2];
    /// Fills `line` with the red, then the green, then the blue values of a row.
    fn read_row(&self, row: usize, line: &mut [f32]);
}

impl Lines for PlanarImage {
    fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    fn read_row(&self, row: usize, line: &mut [f32]) {
        let planes = self.values.chunks_exact(self.height * self.width);
        for (plane, part) in planes.zip(line.chunks_exact_mut(self.width)) {
            part.copy_from_slice(&plane[row * self.width..][..self.width]);
        }
    }
}
