//! A photograph: a body with its burn in front of a background, under a lamp, through a camera.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::synth::bamsi::body::{Body, Patient};
use crate::synth::bamsi::burn::Burn;
use crate::synth::noise::{Field, mix, ramp};

/// Samples along each side of a pixel.
const OVERSAMPLING: usize = 2;

/// A photograph and its labels.
pub(super) struct Photograph {
    /// RGB, row after row, three bytes each.
    pub(super) image: Vec<u8>,
    /// The clean labels.
    pub(super) classes: Vec<u8>,
}

/// The background: cloth, wood, tiles.
struct Background {
    base: [f32; 3],
    other: [f32; 3],
    /// 0 folds of cloth, 1 wood, 2 tiles, 3 checks.
    kind: u32,
    angle: f32,
    scale: f32,
    field: Field,
    /// Objects in the background: centre, half size, colour.
    things: Vec<([f32; 2], [f32; 2], [f32; 3])>,
}

impl Background {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        // Drapes, gauze, and what could be mistaken for skin, blood, char or wax.
        let colours = [
            [0.05, 0.22, 0.16],
            [0.06, 0.16, 0.34],
            [0.72, 0.74, 0.74],
            [0.34, 0.20, 0.11],
            [0.55, 0.36, 0.27],
            [0.42, 0.06, 0.06],
            [0.04, 0.04, 0.05],
            [0.66, 0.58, 0.44],
            [0.62, 0.34, 0.32],
        ];
        let mut pick = || {
            let colour: [f32; 3] = colours[random.random_range(0..colours.len())];
            let light = random.random_range(0.7..1.25);
            colour.map(|value| (value * light).min(0.95))
        };
        let (base, other) = (pick(), pick());
        let things = (0..4)
            .map(|_| ([0.0; 2], [0.0; 2], pick()))
            .collect::<Vec<_>>();
        let count = random.random_range(0..=things.len());
        Self {
            base,
            other: mix(base, other, 0.35),
            kind: random.random_range(0..4),
            angle: random.random_range(0.0..std::f32::consts::TAU),
            scale: random.random_range(3.0..11.0),
            field: Field(random.random()),
            things: things
                .into_iter()
                .take(count)
                .map(|(_, _, colour)| {
                    let centre = [random.random_range(0.0..1.0), random.random_range(0.0..1.0)];
                    let half = [
                        random.random_range(0.03..0.16),
                        random.random_range(0.03..0.16),
                    ];
                    (centre, half, colour)
                })
                .collect(),
        }
    }

    fn colour(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        for (centre, half, colour) in &self.things {
            let (dx, dy) = ((x - centre[0]) / half[0], (y - centre[1]) / half[1]);
            if dx * dx * dx * dx + dy * dy * dy * dy < 1.0 {
                return colour.map(|value| value * (1.0 - 0.25 * dy));
            }
        }
        let along = x * self.angle.cos() + y * self.angle.sin();
        let across = -x * self.angle.sin() + y * self.angle.cos();
        let wave = self.field.octaves(x * 3.0, y * 3.0, 3);
        let weave = 0.06 * self.field.at(x * 90.0, y * 90.0);
        let share = match self.kind {
            0 => 0.5 + 0.5 * (along * self.scale * 2.0 + 3.0 * wave).sin(),
            1 => {
                0.5 + 0.5
                    * self
                        .field
                        .octaves(along * 3.0, across * self.scale * 6.0, 4)
            }
            2 => {
                let joint = |value: f32| ((value * self.scale).fract().abs() - 0.5).abs();
                if joint(along).max(joint(across)) > 0.46 {
                    1.0
                } else {
                    0.2 * (1.0 + wave)
                }
            }
            _ => {
                0.5 * ((along * self.scale).floor() + (across * self.scale).floor()).rem_euclid(2.0)
            }
        };
        mix(self.base, self.other, share.clamp(0.0, 1.0)).map(|value| value * (1.0 + weave))
    }
}

/// The lamp, and the shadows.
struct Light {
    direction: [f32; 2],
    fall: f32,
    white: [f32; 3],
    exposure: f32,
    vignette: f32,
    /// A shadow across the image: direction, offset, width, depth.
    shadow: Option<[f32; 4]>,
    /// Direction of the body's own shadow.
    cast: [f32; 2],
}

impl Light {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        let angle: f32 = random.random_range(0.0..std::f32::consts::TAU);
        let warmth: f32 = random.random_range(-0.16..0.2);
        Self {
            direction: [angle.cos(), angle.sin()],
            fall: random.random_range(0.1..0.8),
            white: [
                1.0 + warmth,
                1.0 + random.random_range(-0.04..0.04),
                1.0 - warmth,
            ],
            exposure: random.random_range(0.65..1.3),
            vignette: random.random_range(0.0..0.5),
            shadow: random.random_bool(0.35).then(|| {
                [
                    random.random_range(0.0..std::f32::consts::TAU),
                    random.random_range(-0.4..0.4),
                    random.random_range(0.05..0.25),
                    random.random_range(0.35..0.7),
                ]
            }),
            cast: [-0.06 * angle.cos(), -0.06 * angle.sin()],
        }
    }

    fn strength(&self, [x, y]: [f32; 2]) -> f32 {
        let (dx, dy) = (x - 0.5, y - 0.5);
        let slope = 1.0 + self.fall * (dx * self.direction[0] + dy * self.direction[1]);
        let corner = 1.0 - self.vignette * (dx * dx + dy * dy) * 1.4;
        let shadow = self.shadow.map_or(1.0, |[angle, offset, width, depth]| {
            let across = dx * angle.cos() + dy * angle.sin() - offset;
            1.0 - (1.0 - depth) * ramp(width, width * 0.6, across.abs())
        });
        slope * corner * shadow
    }
}

/// Draws a photograph of `size`² pixels with a burn of a class (0 for none).
pub(super) fn photograph(size: usize, patient_seed: u64, seed: u64, class: u8) -> Photograph {
    let patient = Patient::draw(&mut ChaCha8Rng::seed_from_u64(patient_seed));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let body = Body::draw(patient, &mut random);
    let burn = (class > 0).then(|| Burn::draw(class, &body, &mut random));
    let background = Background::draw(&mut random);
    let light = Light::draw(&mut random);
    let shine = Field(random.random());

    let colour = |point: [f32; 2]| -> [f32; 3] {
        let depth = body.depth(point);
        let lamp = light.strength(point);
        if depth < 0.0 {
            let behind = [point[0] + light.cast[0], point[1] + light.cast[1]];
            let covered = ramp(-0.05, 0.04, body.depth(behind));
            let near = ramp(-0.03, 0.0, depth) * 0.25;
            return background
                .colour(point)
                .map(|value| value * lamp * (1.0 - 0.55 * covered - near));
        }
        let (surface, wet) = match &burn {
            Some(burn) => burn.colour(&body, point),
            None => (body.skin(point), 0.0),
        };
        let shade = body.shade(point) * lamp;
        let glint =
            wet * ramp(
                0.35,
                0.75,
                shine.octaves(point[0] * 16.0, point[1] * 16.0, 3),
            ) * 0.55
                + 0.05 * ramp(0.5, 0.9, shine.octaves(point[0] * 5.0, point[1] * 5.0, 2));
        surface.map(|value| value * shade + glint * lamp)
    };
    let step = 1.0 / size as f32;
    let mut linear = Vec::with_capacity(size * size);
    let mut classes = Vec::with_capacity(size * size);
    for row in 0..size {
        for column in 0..size {
            let mut sum = [0.0; 3];
            for sample in 0..OVERSAMPLING * OVERSAMPLING {
                let offset = |index: usize| (index as f32 + 0.5) / OVERSAMPLING as f32;
                let x = (column as f32 + offset(sample % OVERSAMPLING)) * step;
                let y = (row as f32 + offset(sample / OVERSAMPLING)) * step;
                let sample = colour([x, y]);
                for channel in 0..3 {
                    sum[channel] += sample[channel];
                }
            }
            linear.push(sum.map(|value| value / (OVERSAMPLING * OVERSAMPLING) as f32));
            let centre = [(column as f32 + 0.5) * step, (row as f32 + 0.5) * step];
            let burned = burn.as_ref().filter(|_| body.depth(centre) > 0.0);
            classes.push(burned.map_or(0, |burn| burn.class(centre)));
        }
    }
    Photograph {
        image: develop(&linear, size, &light, &mut random),
        classes,
    }
}

/// Lens, sensor and processing: blur, white balance, exposure, noise, tone.
fn develop(linear: &[[f32; 3]], size: usize, light: &Light, random: &mut ChaCha8Rng) -> Vec<u8> {
    let blur: f32 = random.random_range(0.0..0.3);
    let grain: f32 = random.random_range(0.004..0.02);
    let gamma = random.random_range(2.0..2.4_f32);
    let at = |row: usize, column: usize| linear[row * size + column];
    let mut bytes = Vec::with_capacity(3 * size * size);
    for row in 0..size {
        for column in 0..size {
            let sides = [
                at(row.saturating_sub(1), column),
                at((row + 1).min(size - 1), column),
                at(row, column.saturating_sub(1)),
                at(row, (column + 1).min(size - 1)),
            ];
            for channel in 0..3 {
                let around = sides.iter().map(|side| side[channel]).sum::<f32>() / 4.0;
                let sharp = at(row, column)[channel];
                let value =
                    (sharp + (around - sharp) * blur) * light.white[channel] * light.exposure;
                let tone = value.clamp(0.0, 1.2).powf(1.0 / gamma);
                // Highlights roll off instead of clipping.
                let tone = if tone > 0.85 {
                    0.85 + 0.15 * (1.0 - (-(tone - 0.85) / 0.15).exp())
                } else {
                    tone
                };
                let noisy = tone + grain * normal(random);
                bytes.push((noisy.clamp(0.0, 1.0) * 255.0).round() as u8);
            }
        }
    }
    bytes
}

/// An approximately normal number for grain: the sum of four uniform ones.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    (0..4)
        .map(|_| random.random_range(-1.0..1.0_f32))
        .sum::<f32>()
        * 0.866
}
