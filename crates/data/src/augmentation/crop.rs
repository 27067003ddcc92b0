//! Crops, a fraction of which is centred on foreground.

#[cfg(test)]
mod tests;

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
    /// The crops are larger than the images they are cut from.
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
