//! Parts of a body as unions of rounded bones, and the skin over them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::synth::noise::{Field, mix, ramp};

/// A bone with flesh: a line with a varying thickness. Lengths are fractions of the image.
#[derive(Clone, Copy, Debug)]
struct Bone {
    from: [f32; 2],
    to: [f32; 2],
    radii: [f32; 2],
}

impl Bone {
    /// Depth of a point: positive inside, relative to the thickness there.
    fn depth(&self, [x, y]: [f32; 2]) -> f32 {
        let along = [self.to[0] - self.from[0], self.to[1] - self.from[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
        let part = (((x - self.from[0]) * along[0] + (y - self.from[1]) * along[1]) / length)
            .clamp(0.0, 1.0);
        let radius = self.radii[0] + (self.radii[1] - self.radii[0]) * part;
        let distance =
            (x - self.from[0] - along[0] * part).hypot(y - self.from[1] - along[1] * part);
        radius - distance
    }
}

/// What the images of a patient share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patient {
    /// Melanin, 0 (very light) to 1.8 (very dark).
    melanin: f32,
    /// Blood in healthy skin.
    blood: f32,
    /// Freckles and moles.
    spots: f32,
    /// Hair.
    hair: f32,
    /// Which part of the body: 0 limb, 1 hand, 2 trunk, 3 close-up.
    part: u32,
}

impl Patient {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        Self {
            melanin: 1.8 * random.random_range(0.0..1.0_f32).powf(1.2),
            blood: random.random_range(0.15..0.5),
            spots: random.random_range(0.0..1.0_f32).powi(3),
            hair: random.random_range(0.0..1.0_f32).powi(2),
            part: random.random_range(0..4),
        }
    }
}

/// One view of a part of a body.
#[derive(Clone, Debug)]
pub(super) struct Body {
    bones: Vec<Bone>,
    outline: Field,
    /// Thickness at which the surface looks flat.
    roundness: f32,
    skin: Skin,
}

#[derive(Clone, Copy, Debug)]
struct Skin {
    patient: Patient,
    patches: Field,
    texture: Field,
    /// Flushed skin that is not a burn: additional blood, and where it begins.
    flush: f32,
    /// Border of a tan: direction, offset, strength.
    tan: [f32; 3],
    hair_angle: f32,
}

impl Body {
    pub(super) fn draw(patient: Patient, random: &mut ChaCha8Rng) -> Self {
        let angle: f32 = random.random_range(0.0..std::f32::consts::TAU);
        let centre = [
            random.random_range(0.42..0.58),
            random.random_range(0.42..0.58),
        ];
        let point = |along: f32, across: f32| {
            [
                centre[0] + along * angle.cos() - across * angle.sin(),
                centre[1] + along * angle.sin() + across * angle.cos(),
            ]
        };
        let bone = |from: [f32; 2], to: [f32; 2], radii: [f32; 2]| Bone {
            from: point(from[0], from[1]),
            to: point(to[0], to[1]),
            radii,
        };
        let (bones, roundness) = match patient.part {
            0 => {
                let (wide, narrow) = (
                    random.random_range(0.24..0.34),
                    random.random_range(0.17..0.25),
                );
                let bend = random.random_range(-0.12..0.12);
                let limb = vec![
                    bone([-0.9, bend], [0.0, 0.0], [wide, 0.5 * (wide + narrow)]),
                    bone([0.0, 0.0], [0.9, -bend], [0.5 * (wide + narrow), narrow]),
                ];
                (limb, 0.2)
            }
            1 => {
                let mut hand = vec![
                    bone([-0.8, 0.0], [-0.2, 0.0], [0.16, 0.17]),
                    bone([-0.2, -0.06], [0.08, -0.08], [0.2, 0.19]),
                    bone([-0.2, 0.06], [0.08, 0.08], [0.2, 0.19]),
                    bone([-0.1, 0.2], [0.12, 0.36], [0.09, 0.065]),
                ];
                for finger in 0..4 {
                    let across = -0.2 + 0.115 * finger as f32;
                    let spread = 1.0 + random.random_range(0.0..0.3);
                    let length = 0.36 + 0.06 * (1.5 - (finger as f32 - 1.5).abs());
                    hand.push(bone(
                        [0.1, across],
                        [0.1 + length, across * spread],
                        [0.07, 0.05],
                    ));
                }
                (hand, 0.12)
            }
            2 => {
                let wide = random.random_range(0.36..0.5);
                let trunk = vec![
                    bone([-0.8, -0.1], [0.9, -0.1], [wide, wide * 0.85]),
                    bone([-0.8, 0.1], [0.9, 0.1], [wide, wide * 0.85]),
                ];
                (trunk, 0.35)
            }
            _ => (vec![bone([-1.0, 0.0], [1.0, 0.0], [1.5, 1.5])], 0.9),
        };
        Self {
            bones,
            outline: Field(random.random()),
            roundness,
            skin: Skin {
                patient,
                patches: Field(random.random()),
                texture: Field(random.random()),
                flush: if random.random_bool(0.45) {
                    random.random_range(0.2..0.7)
                } else {
                    0.0
                },
                tan: [
                    random.random_range(0.0..std::f32::consts::TAU),
                    random.random_range(-0.3..0.3),
                    if random.random_bool(0.25) {
                        random.random_range(0.1..0.3)
                    } else {
                        0.0
                    },
                ],
                hair_angle: random.random_range(0.0..std::f32::consts::TAU),
            },
        }
    }

    /// Depth of a point inside the body; negative outside.
    pub(super) fn depth(&self, [x, y]: [f32; 2]) -> f32 {
        let depth = self
            .bones
            .iter()
            .fold(f32::MIN, |most, bone| most.max(bone.depth([x, y])));
        depth + 0.012 * self.outline.octaves(x * 7.0, y * 7.0, 2)
    }

    /// How much light the surface reflects: less where it turns away.
    pub(super) fn shade(&self, point: [f32; 2]) -> f32 {
        let flat = (self.depth(point) / self.roundness).clamp(0.0, 1.0);
        0.42 + 0.58 * (1.0 - (1.0 - flat) * (1.0 - flat)).sqrt()
    }

    /// Colour of healthy skin (linear light), and how much blood and melanin are in it.
    pub(super) fn skin(&self, point: [f32; 2]) -> [f32; 3] {
        self.skin.colour(point, 0.0)
    }

    /// Skin with more blood in it.
    pub(super) fn reddened(&self, point: [f32; 2], blood: f32) -> [f32; 3] {
        self.skin.colour(point, blood)
    }
}

impl Skin {
    /// Light skin, darkened by the absorption of melanin and blood (in the spirit of two-layer skin models; the numbers are
    /// chosen by eye).
    fn colour(&self, [x, y]: [f32; 2], more_blood: f32) -> [f32; 3] {
        let patient = self.patient;
        let broad = self.patches.octaves(x * 3.0, y * 3.0, 3);
        let fine = self.texture.octaves(x * 42.0, y * 42.0, 3);
        let flushed = self.flush * ramp(0.0, 0.5, self.patches.octaves(x * 2.1 + 31.0, y * 2.1, 2));
        let tanned = self.tan[2]
            * ramp(
                -0.02,
                0.02,
                (x - 0.5) * self.tan[0].cos() + (y - 0.5) * self.tan[0].sin() - self.tan[1],
            );
        let warped = [x + 0.012 * broad, y + 0.01 * fine];
        let spot = self.texture.cells(warped[0] * 17.0, warped[1] * 17.0);
        // Few points of the lattice have a spot, and their sizes differ.
        let size = (spot.own - 1.0 + 0.45 * patient.spots).max(0.0);
        let spotted = ramp(size, size * 0.4, spot.nearest) * if size > 0.0 { 0.5 } else { 0.0 };
        let melanin = (patient.melanin + 0.08 * broad + tanned + spotted + 0.05 * fine).max(0.0);
        let blood = (patient.blood + 0.12 * broad + flushed + more_blood).max(0.0);
        let colour = [
            0.86 * (-1.25 * melanin - 0.10 * blood).exp(),
            0.66 * (-1.75 * melanin - 0.62 * blood).exp(),
            0.55 * (-2.15 * melanin - 0.52 * blood).exp(),
        ];
        let (along, across) = (
            x * self.hair_angle.cos() + y * self.hair_angle.sin(),
            -x * self.hair_angle.sin() + y * self.hair_angle.cos(),
        );
        let strand = self.texture.at(along * 14.0, across * 150.0);
        let hair = patient.hair * ramp(0.72, 0.9, strand) * 0.55;
        let lit = 1.0 + 0.10 * fine;
        mix(colour.map(|value| value * lit), [0.06, 0.045, 0.035], hair)
    }
}
