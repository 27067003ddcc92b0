//! Crops, a fraction of which is centred on foreground.

use serde::{Deserialize, Serialize};

use crate::augmentation::draws::CropDraws;
use crate::error::SettingError;
use crate::images::sample::Sample;

/// Training images are cut out of larger ones, instead of being whole images at training size.
///
/// A structure of few pixels appears in few crops, so a fraction of them is centred on it, as nnU-Net does for a third of
/// every batch (F. Isensee et al., Nature Methods 18, 2021). Whole images are evaluated at the size that crops are cut
/// from, so that the network sees everything at the scale of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crop {
    /// Rows and columns to which images are resized before crops of training size are cut from them; `[0, 0]` for no crops.
    pub from: [usize; 2],
    /// Fraction of the crops that are centred on a random pixel of a random foreground class of the image, as far as the
    /// borders of the image allow; the others are positioned uniformly.
    pub foreground: f64,
}

impl Default for Crop {
    fn default() -> Self {
        Self {
            from: [0, 0],
            foreground: 0.33,
        }
    }
}

impl Crop {
    /// Whether training images are crops.
    pub fn is_on(&self) -> bool {
        self.from != [0, 0]
    }

    /// Checks that crops of `size`, in rows and columns, can be cut.
    ///
    /// # Errors
    ///
    /// They are larger than what they are cut from.
    pub fn check_size(&self, size: [usize; 2]) -> Result<(), SettingError> {
        let fits = self.from[0] >= size[0] && self.from[1] >= size[1];
        if fits || !self.is_on() {
            return Ok(());
        }
        Err(SettingError::new(
            "augment.crop.from",
            format!("[0, 0], or at least data.size, which is {size:?}"),
            format!("{:?}", self.from),
        ))
    }

    /// First row and column of a crop of `size`.
    pub(super) fn corner(
        &self,
        sample: &Sample,
        size: [usize; 2],
        ignore: u8,
        draws: CropDraws,
    ) -> [usize; 2] {
        let room = [sample.height - size[0], sample.width - size[1]];
        if room == [0, 0] {
            return room;
        }
        let wanted = (draws.foreground < self.foreground)
            .then(|| foreground_pixel(&sample.labels, ignore, draws))
            .flatten();
        if let Some(pixel) = wanted {
            let place = [pixel / sample.width, pixel % sample.width];
            return [0, 1].map(|axis| place[axis].saturating_sub(size[axis] / 2).min(room[axis]));
        }
        [
            position(draws.row, room[0] + 1),
            position(draws.column, room[1] + 1),
        ]
    }
}

/// A random pixel of a random foreground class; each class of the image is equally likely.
fn foreground_pixel(labels: &[u8], ignore: u8, draws: CropDraws) -> Option<usize> {
    let mut counts = [0_usize; 256];
    for class in labels {
        counts[usize::from(*class)] += 1;
    }
    let present: Vec<u8> = (1..=u8::MAX)
        .filter(|class| *class != ignore && counts[usize::from(*class)] > 0)
        .collect();
    if present.is_empty() {
        return None;
    }
    let class = present[position(draws.class, present.len())];
    let which = position(draws.pixel, counts[usize::from(class)]);
    let pixels = labels.iter().enumerate().filter(|(_, of)| **of == class);
    pixels.map(|(pixel, _)| pixel).nth(which)
}

/// The index among `among` that corresponds to a number from 0 to 1.
fn position(part: f64, among: usize) -> usize {
    ((part * among as f64) as usize).min(among - 1)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// 40×60 with a structure of 2×3 pixels, one of a single pixel, and ignored pixels.
    fn sample() -> Sample {
        let mut labels = vec![0; 2400];
        for (row, column, class) in [
            (5, 9, 1),
            (5, 10, 1),
            (5, 11, 1),
            (6, 9, 1),
            (6, 10, 1),
            (6, 11, 1),
            (33, 52, 2),
            (20, 30, 255),
            (21, 30, 255),
        ] {
            labels[row * 60 + column] = class;
        }
        Sample {
            height: 40,
            width: 60,
            image: vec![0; 7200],
            labels,
        }
    }

    fn corners(crop: &Crop, sample: &Sample, size: [usize; 2]) -> Vec<[usize; 2]> {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        (0..600)
            .map(|_| {
                let draws = CropDraws {
                    foreground: random.random(),
                    class: random.random(),
                    pixel: random.random(),
                    row: random.random(),
                    column: random.random(),
                };
                crop.corner(sample, size, 255, draws)
            })
            .collect()
    }

    fn crop(foreground: f64) -> Crop {
        Crop {
            from: [40, 60],
            foreground,
        }
    }

    #[test]
    fn crops_on_the_foreground_contain_it_and_its_classes_are_equally_likely() {
        let sample = sample();
        let corners = corners(&crop(1.0), &sample, [16, 16]);
        let holds = |[row, column]: [usize; 2], class| {
            (row..row + 16).any(|row| {
                sample.labels[row * 60 + column..row * 60 + column + 16].contains(&class)
            })
        };
        let of = |class| {
            corners
                .iter()
                .filter(|corner| holds(**corner, class))
                .count()
        };
        // One pixel is as likely as six; no window contains both.
        let (large, small) = (of(1), of(2));
        assert_eq!(large + small, 600);
        assert!((250..350).contains(&small), "{small}");
    }

    #[test]
    fn other_crops_are_anywhere_inside() {
        let corners = corners(&crop(0.0), &sample(), [16, 16]);
        let rows: std::collections::BTreeSet<_> = corners.iter().map(|corner| corner[0]).collect();
        let columns: std::collections::BTreeSet<_> =
            corners.iter().map(|corner| corner[1]).collect();
        assert_eq!((rows.first(), rows.last()), (Some(&0), Some(&24)));
        assert_eq!((columns.first(), columns.last()), (Some(&0), Some(&44)));
    }

    #[test]
    fn an_image_without_foreground_is_cropped_anywhere() {
        let mut sample = sample();
        sample.labels.fill(0);
        sample.labels[7] = 255;
        let of = |share| corners(&crop(share), &sample, [16, 16]);
        assert_eq!(of(1.0), of(0.0));
        assert_eq!(corners(&crop(1.0), &sample, [40, 60])[0], [0, 0]);
    }

    #[test]
    fn a_crop_larger_than_its_source_is_refused() {
        assert_eq!(crop(0.5).check_size([40, 60]), Ok(()));
        assert_eq!(Crop::default().check_size([512, 512]), Ok(()));
        let error = crop(0.5).check_size([41, 60]).expect_err("too large");
        assert!(
            error.key == "augment.crop.from" && error.expected.contains("[41, 60]"),
            "{error}"
        );
    }
}
