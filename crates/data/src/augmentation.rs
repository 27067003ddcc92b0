//! Changes of image and labels together, drawn from the seed.

mod normalisation;
mod warp;

use std::f64::consts::FRAC_PI_2;

use rand::Rng;
use serde::{Deserialize, Serialize};

pub use normalisation::Normalisation;
pub(crate) use warp::Sample;
use warp::Warp;

/// What may be done to a training image and its labels; each image of each epoch draws its own. All off by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Left and right may change places.
    pub flip_horizontal: bool,
    /// Top and bottom may change places.
    pub flip_vertical: bool,
    /// Quarter turns; half turns only where the images are not square.
    pub rotate_quarter: bool,
    /// Further rotation by up to so many degrees either way.
    pub rotate_degrees: f64,
    /// Enlargement drawn between these two; 1 leaves the size as it is.
    pub scale: [f64; 2],
    /// Added to every value: up to so much either way, of 1.
    pub brightness: f64,
    /// Distance from the image's mean times 1 ± so much.
    pub contrast: f64,
    /// Values to the power 2^(± so much).
    pub gamma: f64,
    /// Distance from grey times 1 ± so much.
    pub saturation: f64,
    /// Colours turned about the grey axis by up to so many degrees either way.
    pub hue_degrees: f64,
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
        }
    }
}

impl Augmentation {
    /// The first setting that makes no sense, with what is allowed.
    ///
    /// # Errors
    ///
    /// Key, expectation and finding in one sentence.
    pub fn validate(&self) -> Result<(), String> {
        for (key, value, most) in [
            ("rotate_degrees", self.rotate_degrees, 180.0),
            ("brightness", self.brightness, 1.0),
            ("contrast", self.contrast, 1.0),
            ("gamma", self.gamma, 3.0),
            ("saturation", self.saturation, 1.0),
            ("hue_degrees", self.hue_degrees, 180.0),
        ] {
            if !(0.0..=most).contains(&value) {
                return Err(format!(
                    "augment.{key}: expected 0 to {most}, found {value}"
                ));
            }
        }
        let [low, high] = self.scale;
        if !(0.1..=10.0).contains(&low) || !(low..=10.0).contains(&high) {
            return Err(format!(
                "augment.scale: expected [low, high] with 0.1 ≤ low ≤ high ≤ 10, found [{low}, {high}]"
            ));
        }
        Ok(())
    }

    /// Values in 0..=1 (planar RGB) and class numbers of a changed sample, into the given slices.
    ///
    /// Every number is drawn whether it is used or not, so that switching one change on leaves the others as they were.
    pub(crate) fn apply(
        &self,
        sample: &Sample,
        ignore: u8,
        random: &mut impl Rng,
        values: &mut [f32],
        labels: &mut [i32],
    ) {
        let warp = self.draw_warp(sample, random);
        let tone = self.draw_tone(sample, random);
        warp.apply(sample, &tone, ignore, values, labels);
        self.recolour(random, values);
    }

    fn draw_warp(&self, sample: &Sample, random: &mut impl Rng) -> Warp {
        let flip = |allowed: bool, drawn: bool| if allowed && drawn { -1.0 } else { 1.0 };
        let flip_columns = flip(self.flip_horizontal, random.random());
        let flip_rows = flip(self.flip_vertical, random.random());
        let quarters: u8 = random.random_range(0..4);
        let quarters = match (self.rotate_quarter, sample.height == sample.width) {
            (false, _) => 0,
            (true, true) => quarters,
            (true, false) => quarters / 2 * 2,
        };
        let degrees = either_way(self.rotate_degrees, random);
        let part: f64 = random.random();
        // Geometric: twice as large is as likely as half as large.
        let scale = self.scale[0] * (self.scale[1] / self.scale[0]).powf(part);
        let (sine, cosine) = if degrees == 0.0 {
            // Exact, so that quarter turns move whole pixels.
            [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][usize::from(quarters)]
        } else {
            (degrees.to_radians() + f64::from(quarters) * FRAC_PI_2).sin_cos()
        };
        Warp {
            row_by_row: cosine * flip_rows / scale,
            row_by_column: sine * flip_rows / scale,
            column_by_row: -sine * flip_columns / scale,
            column_by_column: cosine * flip_columns / scale,
        }
    }

    /// What becomes of each byte: brightness, contrast and gamma look at one value alone, so 256 of them say it all.
    fn draw_tone(&self, sample: &Sample, random: &mut impl Rng) -> [f32; 256] {
        let brightness = either_way(self.brightness, random) as f32;
        let contrast = 1.0 + either_way(self.contrast, random) as f32;
        let gamma = either_way(self.gamma, random).exp2() as f32;
        let mean = if self.contrast > 0.0 {
            let sum: u64 = sample.picture.iter().map(|byte| u64::from(*byte)).sum();
            (sum as f64 / (255 * sample.picture.len()) as f64) as f32
        } else {
            0.0
        };
        std::array::from_fn(|byte| {
            let value = (byte as f32 / 255.0 - mean) * contrast + mean + brightness;
            value.clamp(0.0, 1.0).powf(gamma)
        })
    }

    /// Turns the hue, then changes the distance from grey: together one 3×3 matrix for all pixels.
    fn recolour(&self, random: &mut impl Rng, values: &mut [f32]) {
        let saturation = 1.0 + either_way(self.saturation, random) as f32;
        let hue = either_way(self.hue_degrees, random);
        if self.saturation == 0.0 && self.hue_degrees == 0.0 {
            return;
        }
        let matrix = colour_matrix(hue, saturation);
        let (red, rest) = values.split_at_mut(values.len() / 3);
        let (green, blue) = rest.split_at_mut(red.len());
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let [new_red, new_green, new_blue] =
                matrix.map(|[r, g, b]| (r * *red + g * *green + b * *blue).clamp(0.0, 1.0));
            (*red, *green, *blue) = (new_red, new_green, new_blue);
        }
    }
}

/// A number from `-most` to `most`.
fn either_way(most: f64, random: &mut impl Rng) -> f64 {
    random.random_range(-1.0..=1.0) * most
}

/// A rotation about the axis (1, 1, 1) by so many degrees, then the distance from grey (the luma of Rec. 601) times
/// `saturation`. Grey stays grey.
fn colour_matrix(degrees: f64, saturation: f32) -> [[f32; 3]; 3] {
    const LUMA: [f32; 3] = [0.299, 0.587, 0.114];
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let own = (cosine + (1.0 - cosine) / 3.0) as f32;
    let next = ((1.0 - cosine) / 3.0 - sine / 3_f64.sqrt()) as f32;
    let before = ((1.0 - cosine) / 3.0 + sine / 3_f64.sqrt()) as f32;
    let hue = [
        [own, next, before],
        [before, own, next],
        [next, before, own],
    ];
    let grey: [f32; 3] =
        std::array::from_fn(|from| (0..3).map(|to| LUMA[to] * hue[to][from]).sum());
    hue.map(|row| std::array::from_fn(|from| grey[from] + saturation * (row[from] - grey[from])))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn sample(height: usize, width: usize) -> Sample {
        let plane = height * width;
        Sample {
            height,
            width,
            picture: (0..3 * plane)
                .map(|index| (index * 37 % 251) as u8)
                .collect(),
            labels: (0..plane).map(|index| (index % 5) as u8).collect(),
        }
    }

    fn run(augmentation: &Augmentation, sample: &Sample, seed: u64) -> (Vec<f32>, Vec<i32>) {
        let mut values = vec![0.0; sample.picture.len()];
        let mut labels = vec![0; sample.labels.len()];
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        augmentation.apply(sample, 255, &mut random, &mut values, &mut labels);
        (values, labels)
    }

    fn bytes(values: &[f32]) -> Vec<u8> {
        values
            .iter()
            .map(|value| (value * 255.0).round() as u8)
            .collect()
    }

    fn unmoved(labels: &[i32], sample: &Sample) -> bool {
        labels
            .iter()
            .zip(&sample.labels)
            .all(|(one, other)| *one == i32::from(*other))
    }

    #[test]
    fn nothing_switched_on_changes_nothing() {
        let sample = sample(6, 9);
        let (values, labels) = run(&Augmentation::default(), &sample, 3);
        let expected: Vec<f32> = sample
            .picture
            .iter()
            .map(|byte| f32::from(*byte) / 255.0)
            .collect();
        assert_eq!(values, expected);
        assert!(unmoved(&labels, &sample));
    }

    #[test]
    fn flips_and_quarter_turns_move_whole_pixels_and_labels_with_them() {
        let augmentation = Augmentation {
            flip_horizontal: true,
            flip_vertical: true,
            rotate_quarter: true,
            ..Augmentation::default()
        };
        let count = |sample: &Sample| {
            let plane = sample.labels.len();
            let mut seen = BTreeSet::new();
            for seed in 0..60 {
                let (values, labels) = run(&augmentation, sample, seed);
                let picture = bytes(&values);
                // Each pixel keeps its label, wherever it goes.
                for (index, label) in labels.iter().enumerate() {
                    let from = sample.picture[..plane]
                        .iter()
                        .position(|value| *value == picture[index]);
                    let from = from.expect("the values of a plane differ");
                    assert_eq!(*label, i32::from(sample.labels[from]));
                }
                seen.insert(picture);
            }
            seen.len()
        };
        assert_eq!(count(&sample(7, 7)), 8, "the symmetries of a square");
        assert_eq!(count(&sample(4, 6)), 4, "the symmetries of a rectangle");
    }

    #[test]
    fn a_rotation_marks_what_comes_from_outside() {
        let augmentation = Augmentation {
            rotate_degrees: 45.0,
            scale: [0.7, 0.7],
            ..Augmentation::default()
        };
        let (values, labels) = run(&augmentation, &sample(16, 16), 5);
        assert!(labels.contains(&255));
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn each_change_of_colour_changes_colours_alone_and_keeps_them_in_range() {
        let sample = sample(8, 8);
        let off = Augmentation::default();
        for augmentation in [
            Augmentation {
                brightness: 0.5,
                ..off.clone()
            },
            Augmentation {
                contrast: 0.9,
                ..off.clone()
            },
            Augmentation {
                gamma: 2.0,
                ..off.clone()
            },
            Augmentation {
                saturation: 0.9,
                ..off.clone()
            },
            Augmentation {
                hue_degrees: 60.0,
                ..off
            },
        ] {
            let (values, labels) = run(&augmentation, &sample, 2);
            assert_ne!(bytes(&values), sample.picture, "{augmentation:?}");
            assert!(
                values.iter().all(|value| (0.0..=1.0).contains(value)),
                "{augmentation:?}"
            );
            assert!(unmoved(&labels, &sample), "{augmentation:?}");
        }
    }

    #[test]
    fn switching_one_change_on_leaves_the_others_as_they_were() {
        let sample = sample(9, 9);
        let plain = Augmentation {
            flip_horizontal: true,
            rotate_degrees: 20.0,
            ..Augmentation::default()
        };
        let coloured = Augmentation {
            gamma: 1.0,
            hue_degrees: 10.0,
            ..plain.clone()
        };
        for seed in 0..8 {
            assert_eq!(
                run(&plain, &sample, seed).1,
                run(&coloured, &sample, seed).1
            );
        }
    }

    #[test]
    fn a_third_of_a_turn_of_the_hue_makes_red_green_and_leaves_grey() {
        let turned = |degrees, saturation, colour: [f32; 3]| {
            colour_matrix(degrees, saturation)
                .map(|row| (0..3).map(|from| row[from] * colour[from]).sum::<f32>())
        };
        let near = |one: [f32; 3], other: [f32; 3]| {
            (0..3).all(|index| (one[index] - other[index]).abs() < 1e-6)
        };
        assert!(near(turned(120.0, 1.0, [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]));
        assert!(near(turned(37.0, 1.4, [0.6; 3]), [0.6; 3]));
        assert!(near(turned(0.0, 0.0, [1.0, 0.0, 0.0]), [0.299; 3]));
        assert!(near(turned(0.0, 1.0, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9]));
    }

    #[test]
    fn senseless_settings_are_named() {
        let off = Augmentation::default();
        assert_eq!(off.validate(), Ok(()));
        for (augmentation, key) in [
            (
                Augmentation {
                    scale: [2.0, 1.0],
                    ..off.clone()
                },
                "augment.scale",
            ),
            (
                Augmentation {
                    scale: [0.0, 1.0],
                    ..off.clone()
                },
                "augment.scale",
            ),
            (
                Augmentation {
                    contrast: f64::NAN,
                    ..off.clone()
                },
                "augment.contrast",
            ),
            (
                Augmentation {
                    rotate_degrees: 200.0,
                    ..off.clone()
                },
                "augment.rotate_degrees",
            ),
            (
                Augmentation {
                    hue_degrees: -1.0,
                    ..off
                },
                "augment.hue_degrees",
            ),
        ] {
            let error = augmentation.validate().expect_err("senseless");
            assert!(error.starts_with(key), "{error}");
        }
        let flat = Normalisation {
            deviation: [0.2, 0.0, 0.2],
            ..Normalisation::default()
        };
        assert!(
            flat.validate()
                .expect_err("flat")
                .starts_with("data.normalise.deviation")
        );
    }

    #[test]
    fn unknown_settings_are_refused() {
        let error = serde_json::from_str::<Augmentation>(r#"{"flip_sideways": true}"#)
            .expect_err("unknown");
        assert!(error.to_string().contains("flip_sideways"), "{error}");
        assert_eq!(
            serde_json::from_str::<Augmentation>("{}").expect("all off"),
            Augmentation::default()
        );
    }
}
