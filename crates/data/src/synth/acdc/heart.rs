//! A beating heart in a chest, cut across its long axis, as magnetic resonance (balanced steady-state free precession)
//! shows it: bright blood, dark muscle, bright fat, black lungs.
//!
//! Lengths are in millimetres from the centre of the image, columns to the right and rows downwards.

use std::f32::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::synth::noise::{Field, ramp};

/// Samples along the rows and columns of a voxel, and through its thickness.
const OVERSAMPLING: [usize; 2] = [2, 3];

/// Background, right ventricle, myocardium, left ventricle.
pub(super) const RIGHT: u8 = 1;
pub(super) const MUSCLE: u8 = 2;
pub(super) const LEFT: u8 = 3;

/// The effect of a diagnosis: radius of the left ventricle at its base and thickness of its wall at the end of diastole,
/// fraction of that radius left at the end of systole, and size of the right ventricle.
struct Diagnosis {
    radius: f32,
    wall: f32,
    systole: f32,
    right: f32,
}

impl Diagnosis {
    fn of_group(group: &str) -> Self {
        let [radius, wall, systole, right] = match group {
            "DCM" => [33.0, 7.0, 0.86, 1.05],
            "HCM" => [21.0, 15.0, 0.5, 0.9],
            "MINF" => [29.0, 8.0, 0.78, 1.0],
            "RV" => [23.0, 8.5, 0.68, 1.4],
            _ => [24.0, 8.5, 0.65, 1.0],
        };
        Self {
            radius,
            wall,
            systole,
            right,
        }
    }
}

/// One patient's heart and chest.
pub(super) struct Heart {
    /// Number of slices.
    pub(super) slices: usize,
    /// Millimetres between slices.
    pub(super) thickness: f64,
    diagnosis: Diagnosis,
    centre: [f32; 2],
    /// Direction of the septum, seen from the left ventricle.
    septum: f32,
    flattening: f32,
    /// Strength and phase of the two- and three-fold bumps of the outline.
    bumps: [[f32; 2]; 2],
    /// Where an infarction has thinned the wall.
    infarct: Option<f32>,
    papillary: [f32; 2],
    chest: [f32; 2],
    texture: Field,
    bias: Field,
    blood: f32,
    muscle: f32,
    noise: f32,
    gain: f32,
    /// Slices above the base, which show atria and no ventricles.
    above: f32,
}

/// The volume at one moment.
pub(super) struct Frame {
    /// Grey values, `[slice, row, column]`.
    pub(super) values: Vec<i16>,
    /// Classes at the centres of the voxels.
    pub(super) classes: Vec<u8>,
}

/// The outlines of one cut.
struct Cut {
    /// Radius of the left ventricle's cavity and of the outside of its wall; 0 above the base.
    cavity: f32,
    wall: f32,
    right: f32,
    /// Radius of the left atrium, above the base.
    atrium: f32,
}

impl Heart {
    pub(super) fn draw(group: &str, random: &mut ChaCha8Rng) -> Self {
        let mut diagnosis = Diagnosis::of_group(group);
        diagnosis.radius *= random.random_range(0.9..1.1);
        diagnosis.wall *= random.random_range(0.88..1.15);
        diagnosis.right *= random.random_range(0.88..1.12);
        diagnosis.systole = (diagnosis.systole * random.random_range(0.94..1.06)).min(0.95);
        let mut turn = || random.random_range(0.0..TAU);
        let [first, second] = [turn(), turn()];
        let septum = std::f32::consts::PI + random.random_range(-0.6..0.5);
        Self {
            slices: random.random_range(7..=10),
            thickness: random.random_range(8.0..=10.0),
            centre: [
                random.random_range(-4.0..18.0),
                random.random_range(-14.0..10.0),
            ],
            septum,
            flattening: random.random_range(0.9..1.08),
            bumps: [
                [random.random_range(0.0..0.05), first],
                [random.random_range(0.0..0.03), second],
            ],
            infarct: (group == "MINF").then(|| septum + random.random_range(1.2..4.8)),
            papillary: [
                septum + random.random_range(1.8..2.4),
                septum - random.random_range(1.8..2.4),
            ],
            chest: [
                random.random_range(80.0..105.0),
                random.random_range(62.0..80.0),
            ],
            texture: Field(random.random()),
            bias: Field(random.random()),
            blood: random.random_range(0.78..1.0),
            muscle: random.random_range(0.24..0.38),
            noise: random.random_range(0.025..0.06),
            gain: random.random_range(180.0..900.0),
            above: random.random_range(0.0..1.4),
            diagnosis,
        }
    }

    /// The outlines at a depth in slices, at the end of diastole (0) or of systole (1).
    fn cut(&self, depth: f32, contraction: f32) -> Cut {
        let below_apex = 0.5;
        let length = self.slices as f32 - self.above - below_apex;
        // The base descends as the heart contracts.
        let level = (depth - self.above - 0.6 * contraction) / (length - 0.6 * contraction);
        if level < 0.0 {
            return Cut {
                cavity: 0.0,
                wall: 0.0,
                right: 0.0,
                atrium: 22.0 + 4.0 * contraction,
            };
        }
        let taper = (1.0 - (0.98 * level).powi(2)).max(0.0).sqrt();
        let relaxed = self.diagnosis.radius * taper;
        let outside = relaxed + self.diagnosis.wall * (0.55 + 0.45 * taper);
        let share = 1.0 - contraction * (1.0 - self.diagnosis.systole);
        let cavity = relaxed * share * (1.0 - 0.25 * contraction * level);
        // Muscle is incompressible: its area stays the same.
        let wall = (outside.powi(2) - relaxed.powi(2) + cavity.powi(2)).sqrt();
        let right = (1.0 - (level / 0.88).powi(2)).max(0.0).sqrt();
        let beyond = level > 1.0;
        Cut {
            cavity: if beyond || cavity < 2.5 { 0.0 } else { cavity },
            wall: if beyond { 0.0 } else { wall },
            right: 27.0 * self.diagnosis.right * right * (1.0 - 0.22 * contraction),
            atrium: 0.0,
        }
    }

    /// Class and brightness at a position of a cut.
    fn tissue(&self, cut: &Cut, [x, y]: [f32; 2]) -> (u8, f32) {
        let (dx, dy) = (x - self.centre[0], (y - self.centre[1]) * self.flattening);
        let distance = dx.hypot(dy);
        let angle = dy.atan2(dx);
        let grain = 1.0 + 0.06 * self.texture.octaves(x * 0.12, y * 0.12, 2);
        let outline = 1.0
            + (0..2)
                .map(|fold| {
                    let [strength, phase] = self.bumps[fold];
                    strength * ((fold as f32 + 2.0) * angle + phase).cos()
                })
                .sum::<f32>();
        if cut.wall > 0.0 && distance < cut.wall * outline {
            let thin = self.infarct.map_or(0.0, |place| {
                let off = (angle - place).sin().atan2((angle - place).cos());
                0.45 * ramp(1.0, 0.4, off.abs())
            });
            let cavity = if cut.cavity > 0.0 {
                cut.cavity + (cut.wall - cut.cavity) * thin
            } else {
                0.0
            };
            if distance >= cavity * outline {
                return (MUSCLE, self.muscle * grain);
            }
            let papillary = self.papillary.iter().any(|place| {
                let reach = 0.66 * cut.cavity;
                let (px, py) = (place.cos() * reach, place.sin() * reach);
                (dx - px).hypot(dy - py) < 0.13 * self.diagnosis.radius
            });
            let inside = if papillary && cut.cavity > 8.0 {
                1.3 * self.muscle
            } else {
                self.blood
            };
            return (LEFT, inside * grain);
        }
        if cut.right > 4.0 {
            let reach = 0.78 * cut.wall.max(14.0);
            let (along, across) = (
                dx * self.septum.cos() + dy * self.septum.sin() - reach,
                -dx * self.septum.sin() + dy * self.septum.cos(),
            );
            let from = (along / (0.98 * cut.right)).hypot(across / (1.25 * cut.right));
            if from < 1.0 {
                return (RIGHT, 0.96 * self.blood * grain);
            }
            // The free wall, thinner than a label.
            if from < 1.0 + 2.5 / cut.right {
                return (0, 1.1 * self.muscle * grain);
            }
        }
        if cut.atrium > 0.0 && distance < cut.atrium * outline {
            return (0, 0.9 * self.blood * grain);
        }
        (0, self.surroundings([x, y], cut) * grain)
    }

    /// Fat around the heart, lungs, liver, chest wall, air.
    fn surroundings(&self, [x, y]: [f32; 2], cut: &Cut) -> f32 {
        let [width, height] = self.chest;
        let body = (x / width).hypot(y / height);
        if body > 1.0 {
            return 0.01;
        }
        if body > 0.9 {
            return 0.85;
        }
        if body > 0.8 {
            return 0.36;
        }
        let spine = (x + 12.0).hypot(y - 0.62 * height);
        if spine < 15.0 {
            return 0.42;
        }
        let aorta = (x - 14.0).hypot(y - 0.5 * height);
        if aorta < 10.0 {
            return self.blood;
        }
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        let heart = cut.wall.max(cut.atrium).max(20.0) + 0.4 * cut.right;
        let pericardium =
            (dx + 0.35 * cut.right).hypot(dy) + 5.0 * self.texture.at(x * 0.04, y * 0.04);
        if pericardium < heart + 7.0 {
            return 0.62;
        }
        let liver = (x + 0.35 * width).hypot(1.3 * (y - 0.5 * height));
        if liver < 34.0 {
            return 0.46;
        }
        0.07
    }

    /// The volume of `size`² columns and rows, `spacing` millimetres apart.
    pub(super) fn frame(&self, size: usize, spacing: f64, contraction: f32, seed: u64) -> Frame {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let step = spacing as f32;
        let place = |index: usize, offset: f32| (index as f32 + offset - size as f32 / 2.0) * step;
        let [within, through] = OVERSAMPLING;
        let middle = |index: usize, count: usize| (index as f32 + 0.5) / count as f32;
        let count = self.slices * size * size;
        let (mut values, mut classes) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for slice in 0..self.slices {
            let cuts: Vec<Cut> = (0..through)
                .map(|part| self.cut(slice as f32 + middle(part, through), contraction))
                .collect();
            for row in 0..size {
                for column in 0..size {
                    let mut sum = 0.0;
                    for cut in &cuts {
                        for sample in 0..within * within {
                            let point = [
                                place(column, middle(sample % within, within)),
                                place(row, middle(sample / within, within)),
                            ];
                            sum += self.tissue(cut, point).1;
                        }
                    }
                    let centre = [place(column, 0.5), place(row, 0.5)];
                    classes.push(self.tissue(&cuts[through / 2], centre).0);
                    let signal = sum / (through * within * within) as f32;
                    let coil =
                        (0.45 * self.bias.octaves(centre[0] * 0.008, centre[1] * 0.008, 2)).exp();
                    // The magnitude of a complex signal with noise in both parts: Rician.
                    let real = signal * coil + self.noise * normal(&mut random);
                    let imaginary = self.noise * normal(&mut random);
                    values.push((self.gain * real.hypot(imaginary)).round().min(32767.0) as i16);
                }
            }
        }
        Frame { values, classes }
    }
}

/// An approximately normal number: the sum of twelve uniform ones, minus its mean.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0
}
