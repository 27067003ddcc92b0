//! The grey values of a volume that its pictures show.
//!
//! A network may see a volume from its darkest to its brightest voxel; in a picture, a few bright vessels would leave the rest
//! black. Every picture of a slice is drawn through the window of its volume: from the 0.5th percentile of all voxels to the 99.5th.

use std::borrow::Cow;

use data::{CaseImage, PlanarImage};

/// Fractions of the sorted voxels at the two ends of a window.
const ENDS: [f64; 2] = [0.005, 0.995];

/// The grey values that become black and white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    black: f32,
    white: f32,
}

impl Window {
    /// The window of a volume; none for a photograph, which is drawn as it is.
    pub(crate) fn of(image: &CaseImage) -> Option<Self> {
        match image {
            CaseImage::Photograph(_) => None,
            CaseImage::Volume(volume) => Some(Self::over(volume.values.clone())),
        }
    }

    /// The window of a volume that is given as all of its slices.
    pub(crate) fn of_slices<'a>(slices: impl Iterator<Item = &'a PlanarImage>) -> Self {
        // The three planes of a grey image are the same.
        let planes = slices.map(|slice| &slice.values[..slice.height * slice.width]);
        Self::over(planes.flatten().copied().collect())
    }

    fn over(mut values: Vec<f32>) -> Self {
        let Some(last) = values.len().checked_sub(1) else {
            return Self {
                black: 0.0,
                white: 1.0,
            };
        };
        let [black, white] = ENDS.map(|share| {
            let rank = (share * last as f64).round() as usize;
            *values.select_nth_unstable_by(rank, f32::total_cmp).1
        });
        if black < white {
            return Self { black, white };
        }
        // A small structure in an empty volume is beyond both percentiles.
        let ends = |(low, high): (f32, f32), value: &f32| (low.min(*value), high.max(*value));
        let (black, white) = values.iter().fold((f32::MAX, f32::MIN), ends);
        Self { black, white }
    }

    /// A slice of the volume, or what augmentation made of one, as it is drawn.
    pub(crate) fn apply(self, slice: &PlanarImage) -> PlanarImage {
        // In f64, since the difference of two f32 values may overflow.
        let (black, width) = (
            f64::from(self.black),
            f64::from(self.white) - f64::from(self.black),
        );
        let shown = |value: &f32| {
            if width > 0.0 {
                ((f64::from(*value) - black) / width).clamp(0.0, 1.0) as f32
            } else {
                0.0
            }
        };
        PlanarImage {
            values: slice.values.iter().map(shown).collect(),
            ..*slice
        }
    }
}

/// A photograph, or one slice of a volume through the volume's window.
pub(crate) fn visible_slice(image: &CaseImage, index: usize) -> Cow<'_, PlanarImage> {
    let slice = image.slice(index);
    match Window::of(image) {
        None => slice,
        Some(window) => Cow::Owned(window.apply(&slice)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(values: &[f32]) -> PlanarImage {
        PlanarImage {
            height: 1,
            width: values.len(),
            values: [values; 3].concat(),
        }
    }

    #[test]
    fn a_few_bright_voxels_do_not_darken_the_rest() {
        let mut values = vec![0.1; 500];
        values.extend([0.2; 498]);
        values.extend([1.0, 1.0]);
        let volume = slice(&values);
        let window = Window::of_slices([&volume].into_iter());
        let drawn = window.apply(&volume).values;
        assert_eq!([drawn[0], drawn[499], drawn[999]][..], [0.0, 0.0, 1.0]);
        assert!((drawn[500] - 1.0).abs() < 1e-6);
        // All slices of a volume share its window.
        let dark = slice(&[0.1, 0.15]);
        assert!((window.apply(&dark).values[1] - 0.5).abs() < 1e-5);
    }

    #[test]
    fn a_structure_smaller_than_the_percentiles_is_visible_and_an_empty_volume_is_black() {
        let mut values = vec![0.0; 999];
        values.push(0.4);
        let volume = slice(&values);
        let drawn = Window::of_slices([&volume].into_iter()).apply(&volume);
        assert_eq!([drawn.values[0], drawn.values[999]][..], [0.0, 1.0]);
        let flat = slice(&[0.3; 4]);
        let drawn = Window::of_slices([&flat].into_iter()).apply(&flat);
        assert!(drawn.values.iter().all(|value| *value == 0.0));
        let _ = Window::of_slices(std::iter::empty()).apply(&slice(&[]));
    }

    #[test]
    fn photographs_are_drawn_as_they_are() {
        let photograph = CaseImage::Photograph(slice(&[0.2, 0.3]));
        assert_eq!(visible_slice(&photograph, 0).values[..2], [0.2, 0.3]);
    }
}
