//! Volumes in memory.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::images::planar_image::PlanarImage;
use crate::images::volume_grid::VolumeGrid;

/// A volume of grey values, `[slices, rows, columns]`, on its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Shape, spacing and orientation.
    pub grid: VolumeGrid,
    /// One value per voxel, slice after slice, row after row.
    pub values: Vec<f32>,
}

/// The size of a volume in voxels and in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolumeExtent {
    /// Slices, rows, columns.
    pub shape: [usize; 3],
    /// Distances between neighbours along these axes, as [`CaseImage::spacing`](crate::CaseImage::spacing).
    pub spacing: [f64; 3],
}

/// How the grey values of a volume become 0..=1. In magnetic resonance their unit has no meaning, so the mapping depends on
/// all slices together, which keeps the brightness of neighbouring slices consistent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeNormalise {
    /// The minimum becomes 0, the maximum 1: the input of the networks of the G-CASCADE line.
    #[default]
    MinMax,
    /// The 0.5th percentile becomes 0, the 99.5th 1, and values beyond are clamped, so that a few bright vessels do not
    /// darken the rest.
    Percentile,
}

impl Volume {
    /// Maps the values to 0..=1; a constant volume becomes 0.
    pub fn normalise(&mut self, how: VolumeNormalise) {
        let (low, high) = match how {
            VolumeNormalise::MinMax => self
                .values
                .iter()
                .fold((f32::MAX, f32::MIN), |(low, high), value| {
                    (low.min(*value), high.max(*value))
                }),
            VolumeNormalise::Percentile => (self.percentile(0.005), self.percentile(0.995)),
        };
        // In f64, since the difference of two f32 values may overflow.
        let (low, width) = (f64::from(low), f64::from(high) - f64::from(low));
        for value in &mut self.values {
            *value = if width > 0.0 {
                ((f64::from(*value) - low) / width).clamp(0.0, 1.0) as f32
            } else {
                0.0
            };
        }
    }

    /// The value at a fraction of the sorted values, by nearest rank.
    fn percentile(&self, share: f64) -> f32 {
        let mut values = self.values.clone();
        let rank = (share * (values.len() - 1) as f64).round() as usize;
        *values.select_nth_unstable_by(rank, f32::total_cmp).1
    }

    /// One slice of normalised values as a grey image: the same plane three times.
    pub(crate) fn slice(&self, index: usize) -> PlanarImage {
        let [_, height, width] = self.grid.shape;
        let plane = &self.values[index * height * width..][..height * width];
        PlanarImage {
            height,
            width,
            values: [plane; 3].concat(),
        }
    }
}
