//! Random changes of images and their labels.

pub(crate) mod colour;
pub(crate) mod crop;
pub(crate) mod degradation;
pub(crate) mod draws;
pub(crate) mod elastic;
pub(crate) mod normalisation;
#[cfg(test)]
mod tests;
pub(crate) mod warp;

use std::f64::consts::FRAC_PI_2;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::augmentation::crop::Crop;
use crate::augmentation::degradation::{Blur, LowResolution, Noise};
use crate::augmentation::draws::Draws;
use crate::augmentation::elastic::{Displacement, Elastic};
use crate::augmentation::warp::Warp;
use crate::error::SettingError;
use crate::images::sample::Sample;

/// The changes of training images and their labels, drawn for each image and epoch. All are off by default.
///
/// All geometric changes form one resampling: crop, elastic deformation, flips, rotation and scale. Colours change next,
/// then blur, resolution and noise, in the order in which a camera applies them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Random horizontal flips.
    pub flip_horizontal: bool,
    /// Random vertical flips.
    pub flip_vertical: bool,
    /// Random quarter turns; only half turns if images are not square.
    pub rotate_quarter: bool,
    /// Maximum additional rotation in degrees, in either direction.
    pub rotate_degrees: f64,
    /// Range of the enlargement; 1 keeps the size.
    pub scale: [f64; 2],
    /// Maximum brightness change, in either direction, relative to a range of 1.
    pub brightness: f64,
    /// Maximum relative change of the distance from the image's mean.
    pub contrast: f64,
    /// Values are raised to a power of up to 2^(± this).
    pub gamma: f64,
    /// Maximum relative change of the distance from grey.
    pub saturation: f64,
    /// Maximum rotation of colours about the grey axis in degrees, in either direction.
    pub hue_degrees: f64,
    /// Probabilities of the changes above.
    pub probability: Probability,
    /// Crops instead of whole images.
    pub crop: Crop,
    /// Smooth random displacements.
    pub elastic: Elastic,
    /// Blur.
    pub blur: Blur,
    /// Reduced resolution.
    pub low_resolution: LowResolution,
    /// Noise.
    pub noise: Noise,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            flip_horizontal: false,
            flip_vertical: false,
            rotate_quarter: false,
            rotate_degrees: 0.0,
            scale: [1.0, 1.0],
            brightness: 0.0,
            contrast: 0.0,
            gamma: 0.0,
            saturation: 0.0,
            hue_degrees: 0.0,
            probability: Probability::default(),
            crop: Crop::default(),
            elastic: Elastic::default(),
            blur: Blur::default(),
            low_resolution: LowResolution::default(),
            noise: Noise::default(),
        }
    }
}

/// Probability with which each enabled change is applied to an image; 1 by default. Flips and quarter turns have fixed
/// probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Probability {
    /// Probability of `rotate_degrees`.
    pub rotate: f64,
    /// Probability of `scale`.
    pub scale: f64,
    /// Probability of `brightness`.
    pub brightness: f64,
    /// Probability of `contrast`.
    pub contrast: f64,
    /// Probability of `gamma`.
    pub gamma: f64,
    /// Probability of `saturation`.
    pub saturation: f64,
    /// Probability of `hue_degrees`.
    pub hue: f64,
}

impl Default for Probability {
    fn default() -> Self {
        Self {
            rotate: 1.0,
            scale: 1.0,
            brightness: 1.0,
            contrast: 1.0,
            gamma: 1.0,
            saturation: 1.0,
            hue: 1.0,
        }
    }
}

impl Augmentation {
    /// Checks that every setting is within its range.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let share = &self.probability;
        for (key, value, most) in [
            ("rotate_degrees", self.rotate_degrees, 180.0),
            ("brightness", self.brightness, 1.0),
            ("contrast", self.contrast, 1.0),
            ("gamma", self.gamma, 3.0),
            ("saturation", self.saturation, 1.0),
            ("hue_degrees", self.hue_degrees, 180.0),
            ("probability.rotate", share.rotate, 1.0),
            ("probability.scale", share.scale, 1.0),
            ("probability.brightness", share.brightness, 1.0),
            ("probability.contrast", share.contrast, 1.0),
            ("probability.gamma", share.gamma, 1.0),
            ("probability.saturation", share.saturation, 1.0),
            ("probability.hue", share.hue, 1.0),
            ("crop.foreground", self.crop.foreground, 1.0),
            ("elastic.probability", self.elastic.probability, 1.0),
            ("blur.probability", self.blur.probability, 1.0),
            (
                "low_resolution.probability",
                self.low_resolution.probability,
                1.0,
            ),
            ("noise.deviation", self.noise.deviation, 1.0),
            ("noise.probability", self.noise.probability, 1.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(SettingError::new(
                    format!("augment.{key}"),
                    format!("0 to {most}"),
                    value.to_string(),
                ));
            }
        }
        for (key, [low, high], least, most) in [
            ("scale", self.scale, 0.1, 10.0),
            ("blur.sigma", self.blur.sigma, 0.0, 20.0),
            (
                "low_resolution.factor",
                self.low_resolution.factor,
                1.0,
                20.0,
            ),
        ] {
            if !(least..=most).contains(&low) || !(low..=most).contains(&high) {
                return Err(SettingError::new(
                    format!("augment.{key}"),
                    format!("[low, high] with {least} ≤ low ≤ high ≤ {most}"),
                    format!("[{low}, {high}]"),
                ));
            }
        }
        self.elastic.validate()
    }

    /// Writes the changed sample of `size` rows and columns into the given slices: values in 0..=1 (planar RGB) and class
    /// numbers.
    ///
    /// Without a crop, `size` is the sample's own.
    pub(crate) fn apply(
        &self,
        sample: &Sample,
        size: [usize; 2],
        ignore: u8,
        random: &mut impl Rng,
        values: &mut [f32],
        labels: &mut [i32],
    ) {
        let draws = Draws::draw(random);
        let warp = self.warp(sample, size, ignore, &draws);
        let tone = self.tone(sample, &draws);
        warp.apply(sample, &tone, ignore, values, labels);
        self.recolour(&draws, values);
        self.degrade(&draws, size, values);
    }

    fn warp(&self, sample: &Sample, size: [usize; 2], ignore: u8, draws: &Draws) -> Warp {
        let (share, chances) = (&self.probability, &draws.chances);
        let flip = |allowed: bool, drawn: bool| if allowed && drawn { -1.0 } else { 1.0 };
        let flip_columns = flip(self.flip_horizontal, draws.flip_columns);
        let flip_rows = flip(self.flip_vertical, draws.flip_rows);
        let quarters = match (self.rotate_quarter, size[0] == size[1]) {
            (false, _) => 0,
            (true, true) => draws.quarters,
            (true, false) => draws.quarters / 2 * 2,
        };
        let degrees = if chances.rotate < share.rotate {
            draws.rotation * self.rotate_degrees
        } else {
            0.0
        };
        let scale = if chances.scale < share.scale {
            // Geometric: doubling the size is as likely as halving it.
            self.scale[0] * (self.scale[1] / self.scale[0]).powf(draws.scale)
        } else {
            1.0
        };
        let (sine, cosine) = if degrees == 0.0 {
            // Exact, so that quarter turns move whole pixels.
            [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][usize::from(quarters)]
        } else {
            (degrees.to_radians() + f64::from(quarters) * FRAC_PI_2).sin_cos()
        };
        let bent = self.elastic.amplitude > 0.0 && chances.elastic < self.elastic.probability;
        Warp {
            size,
            corner: self.crop.corner(sample, size, ignore, draws.crop),
            displacement: bent.then(|| Displacement::draw(&self.elastic, size, draws.elastic_seed)),
            row_by_row: cosine * flip_rows / scale,
            row_by_column: sine * flip_rows / scale,
            column_by_row: -sine * flip_columns / scale,
            column_by_column: cosine * flip_columns / scale,
        }
    }

    fn tone(&self, sample: &Sample, draws: &Draws) -> [f32; 256] {
        let (share, chances) = (&self.probability, &draws.chances);
        let most = |most: f64, chance: f64, share: f64| if chance < share { most } else { 0.0 };
        let brightness = most(self.brightness, chances.brightness, share.brightness);
        let contrast = most(self.contrast, chances.contrast, share.contrast);
        let gamma = most(self.gamma, chances.gamma, share.gamma);
        let mean = if contrast > 0.0 {
            let sum: u64 = sample.image.iter().map(|byte| u64::from(*byte)).sum();
            (sum as f64 / (255 * sample.image.len()) as f64) as f32
        } else {
            0.0
        };
        colour::tone(
            (draws.brightness * brightness) as f32,
            1.0 + (draws.contrast * contrast) as f32,
            (draws.gamma * gamma).exp2() as f32,
            mean,
        )
    }

    fn recolour(&self, draws: &Draws, values: &mut [f32]) {
        let (share, chances) = (&self.probability, &draws.chances);
        let saturates = self.saturation != 0.0 && chances.saturation < share.saturation;
        let turns = self.hue_degrees != 0.0 && chances.hue < share.hue;
        if !saturates && !turns {
            return;
        }
        let if_on = |on: bool, value: f64| if on { value } else { 0.0 };
        colour::recolour(
            if_on(turns, draws.hue * self.hue_degrees),
            1.0 + if_on(saturates, draws.saturation * self.saturation) as f32,
            values,
        );
    }

    fn degrade(&self, draws: &Draws, [height, width]: [usize; 2], values: &mut [f32]) {
        let between = |[low, high]: [f64; 2], part: f64| low + (high - low) * part;
        let chances = &draws.chances;
        let sigma = between(self.blur.sigma, draws.blur);
        if sigma > 0.0 && chances.blur < self.blur.probability {
            degradation::blur(values, height, width, sigma);
        }
        let factor = between(self.low_resolution.factor, draws.low_resolution);
        if factor > 1.0 && chances.low_resolution < self.low_resolution.probability {
            degradation::lower_resolution(values, height, width, factor);
        }
        let deviation = self.noise.deviation * draws.noise;
        if deviation > 0.0 && chances.noise < self.noise.probability {
            degradation::add_noise(values, deviation as f32, draws.noise_seed);
        }
    }
}
