//! A transverse ultrasound image of a fetal abdomen: a sector of speckle with the abdomen's outline, four structures, and
//! the shadows of bones.
//!
//! Everything is a field of echo strengths over the plane; a pixel's grey is its logarithm after speckle, which is the
//! amplitude of a complex Gaussian field whose grain widens with depth, as a curved probe's beams do.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::synth::noise::{Field, ramp};

/// An image and its masks.
pub(super) struct Scan {
    /// Grey values, row after row.
    pub(super) grey: Vec<u8>,
    /// Masks of liver, stomach, artery and vein, 0 or 1.
    pub(super) masks: [Vec<u8>; 4],
}

/// Position of the probe, in units of the image height.
struct Sector {
    apex: [f32; 2],
    near: f32,
    far: f32,
    half_angle: f32,
}

impl Sector {
    fn draw(random: &mut ChaCha8Rng, width: f32) -> Self {
        let near = random.random_range(0.18..0.3);
        Self {
            apex: [width / 2.0, 0.03 - near],
            near,
            far: near + 0.93,
            half_angle: random.random_range(0.56..0.66),
        }
    }

    /// Distance from the apex, and angle from straight down.
    fn polar(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (dx, dy) = (x - self.apex[0], y - self.apex[1]);
        [dx.hypot(dy), dx.atan2(dy)]
    }

    fn sees(&self, [depth, angle]: [f32; 2]) -> bool {
        (self.near..self.far).contains(&depth) && angle.abs() < self.half_angle
    }
}

/// The machine's settings and the mother's tissue, which the images of one patient share.
struct Machine {
    grain: f32,
    gain: f32,
    range: f32,
    fall: f32,
    tissue: Field,
    fluid: f32,
}

impl Machine {
    fn draw(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            grain: random.random_range(0.75..1.3),
            gain: random.random_range(0.8..1.25),
            range: random.random_range(2.1..2.9),
            fall: random.random_range(0.2..0.9),
            tissue: Field(random.random()),
            fluid: random.random_range(-0.15..0.35),
        }
    }
}

/// An ellipse in the abdomen's own plane, where the outline is the unit circle, the spine is at (0, 0.8) and the liver on
/// the right.
#[derive(Clone, Copy)]
struct Ellipse {
    centre: [f32; 2],
    half: [f32; 2],
    turn: f32,
}

impl Ellipse {
    /// Below 1 inside, 1 on the border.
    fn reach(&self, [u, v]: [f32; 2]) -> f32 {
        let (du, dv) = (u - self.centre[0], v - self.centre[1]);
        let (sin, cos) = self.turn.sin_cos();
        let along = (du * cos + dv * sin) / self.half[0];
        let across = (dv * cos - du * sin) / self.half[1];
        along.hypot(across)
    }
}

/// The fetus: its position and its organs.
struct Fetus {
    centre: [f32; 2],
    half: [f32; 2],
    turn: f32,
    mirrored: bool,
    wobble: Field,
    liver: Option<Ellipse>,
    stomach: Option<Ellipse>,
    artery: Option<Ellipse>,
    /// The centre line of the vein from the front to its bend and into the liver, and its half width.
    vein: Option<([[f32; 2]; 3], f32)>,
    /// Angles of ribs around the outline.
    ribs: Vec<f32>,
}

impl Fetus {
    fn draw(random: &mut ChaCha8Rng, width: f32) -> Self {
        let size = random.random_range(0.27..0.38);
        let centre = [
            width / 2.0 + random.random_range(-0.09..0.09),
            random.random_range(0.5..0.58),
        ];
        let half = [
            size * random.random_range(1.0..1.15),
            size * random.random_range(0.88..1.0),
        ];
        let liver = Ellipse {
            centre: [
                random.random_range(0.25..0.38),
                random.random_range(-0.28..-0.08),
            ],
            half: [
                random.random_range(0.46..0.6),
                random.random_range(0.4..0.55),
            ],
            turn: random.random_range(-0.5..0.5),
        };
        let stomach = Ellipse {
            centre: [
                random.random_range(-0.52..-0.36),
                random.random_range(0.0..0.24),
            ],
            half: [
                random.random_range(0.16..0.3),
                random.random_range(0.12..0.2),
            ],
            turn: random.random_range(-0.9..0.9),
        };
        let bore = random.random_range(0.055..0.085);
        let artery = Ellipse {
            centre: [
                random.random_range(-0.14..0.06),
                random.random_range(0.5..0.58),
            ],
            half: [bore, bore * random.random_range(0.85..1.15)],
            turn: 0.0,
        };
        let vein = [
            [random.random_range(-0.06..0.08), -0.86],
            [
                random.random_range(-0.02..0.1),
                random.random_range(-0.42..-0.26),
            ],
            [
                random.random_range(0.2..0.36),
                random.random_range(-0.16..0.02),
            ],
        ];
        let vein_width = random.random_range(0.045..0.075);
        // A plane often misses the small organs.
        let mut there = |share| random.random_bool(share);
        let present = [there(0.96), there(0.9), there(0.85), there(0.85)];
        Self {
            centre,
            half,
            turn: random.random_range(0.0..std::f32::consts::TAU),
            mirrored: random.random_bool(0.5),
            wobble: Field(random.random()),
            liver: present[0].then_some(liver),
            stomach: present[1].then_some(stomach),
            artery: present[2].then_some(artery),
            vein: present[3].then_some((vein, vein_width)),
            ribs: (0..random.random_range(2..=5))
                .map(|_| random.random_range(0.0..std::f32::consts::TAU))
                .collect(),
        }
    }

    /// From the image to the abdomen's own plane.
    fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (dx, dy) = (x - self.centre[0], y - self.centre[1]);
        let (sin, cos) = self.turn.sin_cos();
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        // No outline is a perfect ellipse.
        let round = 1.0
            + 0.05
                * self
                    .wobble
                    .at(1.5 * u / self.half[0], 1.5 * v / self.half[1]);
        let u = u / self.half[0] / round;
        [if self.mirrored { -u } else { u }, v / self.half[1] / round]
    }

    /// From the abdomen's own plane to the image, except for the unevenness of the outline.
    fn back(&self, [u, v]: [f32; 2]) -> [f32; 2] {
        let u = if self.mirrored { -u } else { u } * self.half[0];
        let v = v * self.half[1];
        let (sin, cos) = self.turn.sin_cos();
        [
            self.centre[0] + u * cos - v * sin,
            self.centre[1] + u * sin + v * cos,
        ]
    }

    /// Whether a position in the abdomen's plane is liver, stomach, artery, vein.
    fn organs(&self, place: [f32; 2]) -> [bool; 4] {
        let inside = |organ: &Option<Ellipse>| organ.is_some_and(|organ| organ.reach(place) < 1.0);
        // The liver fills its side up to the wall.
        let liver = inside(&self.liver) && place[0].hypot(place[1]) < 0.9;
        let vein = self.vein.is_some_and(|(line, half_width)| {
            distance_to(place, line[0], line[1]).min(distance_to(place, line[1], line[2]))
                < half_width
        });
        [
            liver && !inside(&self.stomach),
            inside(&self.stomach),
            inside(&self.artery),
            vein,
        ]
    }
}

fn distance_to([x, y]: [f32; 2], from: [f32; 2], to: [f32; 2]) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share = ((x - from[0]) * along[0] + (y - from[1]) * along[1]) / length.max(1e-9);
    let share = share.clamp(0.0, 1.0);
    (x - from[0] - share * along[0]).hypot(y - from[1] - share * along[1])
}

/// What darkens a beam beyond a depth.
struct Shadow {
    angle: f32,
    half_angle: f32,
    depth: f32,
    left: f32,
}

/// Draws an image of `height × width` pixels; images of one patient share `patient`.
pub(super) fn scan([height, width]: [usize; 2], patient: u64, seed: u64) -> Scan {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let machine = Machine::draw(patient);
    let aspect = width as f32 / height as f32;
    let sector = Sector::draw(&mut random, aspect);
    let fetus = Fetus::draw(&mut random, aspect);
    let shadows = shadows(&mut random, &sector, &fetus);
    let echoes = [Field(random.random()), Field(random.random())];
    let texture = Field(random.random());
    let mut grey = vec![0; height * width];
    let mut masks = [(); 4].map(|()| vec![0; height * width]);
    for row in 0..height {
        for column in 0..width {
            let index = row * width + column;
            let point = [
                (column as f32 + 0.5) / height as f32,
                (row as f32 + 0.5) / height as f32,
            ];
            let beam = sector.polar(point);
            if !sector.sees(beam) {
                continue;
            }
            let place = fetus.place(point);
            let organs = fetus.organs(place);
            for (mask, inside) in masks.iter_mut().zip(organs) {
                mask[index] = u8::from(inside);
            }
            let mut strength = strength(&machine, &fetus, texture, point, place, organs);
            for shadow in &shadows {
                let off = (beam[1] - shadow.angle).abs() / shadow.half_angle;
                let behind = ramp(0.0, 0.04, beam[0] - shadow.depth);
                strength *= 1.0 - (1.0 - shadow.left) * behind * ramp(1.2, 0.7, off);
            }
            let depth = (beam[0] - sector.near) / (sector.far - sector.near);
            strength *= machine.gain * (1.0 - machine.fall * depth * depth);
            let value = strength * speckle(echoes, machine.grain, beam);
            // Logarithmic compression, with a little noise of the receiver.
            let level = 1.0 + (value + 0.0015).log10() / machine.range;
            grey[index] = (255.0 * level.clamp(0.0, 1.0)) as u8;
        }
    }
    scale_bar(&mut grey, [height, width]);
    Scan { grey, masks }
}

/// Amplitude of a complex Gaussian field in beam coordinates: short along the beam, wide across it, wider with depth.
fn speckle(echoes: [Field; 2], grain: f32, [depth, angle]: [f32; 2]) -> f32 {
    let (along, across) = (depth * 130.0 / grain, angle * 62.0 / grain);
    let part = |field: Field| {
        // A sum of octaves that do not align hides the lattice.
        field.at(along, across) + 0.7 * field.at(1.7 * along + 31.0, 1.6 * across - 17.0)
    };
    0.08 + part(echoes[0]).hypot(part(echoes[1]))
}

/// Echo strength without speckle: 0.001 in clear fluid, 1 on bone.
fn strength(
    machine: &Machine,
    fetus: &Fetus,
    texture: Field,
    [x, y]: [f32; 2],
    place: [f32; 2],
    [liver, stomach, artery, vein]: [bool; 4],
) -> f32 {
    let radius = place[0].hypot(place[1]);
    let fine = 1.0 + 0.35 * texture.octaves(9.0 * x, 9.0 * y, 3);
    if radius > 1.0 {
        // The mother's tissue, and pockets of fluid around the fetus.
        let wave = machine.tissue.octaves(2.6 * x, 2.6 * y, 3);
        let fluid = ramp(machine.fluid + 0.12, machine.fluid - 0.12, wave);
        let near_probe = ramp(0.22, 0.1, y);
        let tissue = (0.10 + 0.08 * wave + 0.2 * near_probe) * fine;
        return (tissue * (1.0 - fluid * (1.0 - near_probe)) + 0.004 * fluid).max(0.003);
    }
    // Skin and wall are brightest where the beam meets them at a right angle, above and below.
    let square = (place[1].atan2(place[0]) + fetus.turn).sin().abs();
    let wall = ramp(0.9, 0.95, radius) * (0.18 + 0.5 * square);
    let spine = [[0.0, 0.74], [-0.13, 0.86], [0.13, 0.86]]
        .iter()
        .map(|[u, v]| ramp(0.075, 0.04, (place[0] - u).hypot(place[1] - v)))
        .fold(0.0, f32::max);
    let bone = 0.9 * spine;
    if vein {
        return 0.006 + 0.02 * ramp(0.2, 0.6, fine - 0.6);
    }
    if artery || stomach {
        return 0.004;
    }
    // Vessels and stomach have thin bright walls.
    let lining = |organ: &Option<Ellipse>, thickness: f32| {
        organ.map_or(0.0, |organ| ramp(1.0 + thickness, 1.0, organ.reach(place)))
    };
    let lined = 0.12 * lining(&fetus.artery, 0.35).max(lining(&fetus.stomach, 0.12));
    let tissue = if liver {
        0.085
    } else {
        0.05 + 0.05 * (fine - 1.0).max(0.0)
    };
    tissue * fine + wall + bone + lined
}

/// Shadows of the spine and of ribs, beams without contact, and the enhanced echoes below the stomach.
fn shadows(random: &mut ChaCha8Rng, sector: &Sector, fetus: &Fetus) -> Vec<Shadow> {
    let mut shadows = Vec::new();
    let mut behind = |place: [f32; 2], half_angle: f32, left: f32| {
        let [depth, angle] = sector.polar(fetus.back(place));
        shadows.push(Shadow {
            angle,
            half_angle,
            depth,
            left,
        });
    };
    behind(
        [0.0, 0.8],
        random.random_range(0.04..0.08),
        random.random_range(0.15..0.4),
    );
    for rib in &fetus.ribs {
        let place = [0.96 * rib.cos(), 0.96 * rib.sin()];
        behind(
            place,
            random.random_range(0.015..0.04),
            random.random_range(0.2..0.6),
        );
    }
    if let Some(stomach) = fetus.stomach {
        behind(stomach.centre, 0.06, random.random_range(1.2..1.7));
    }
    for _ in 0..random.random_range(0..=2) {
        shadows.push(Shadow {
            angle: random.random_range(-sector.half_angle..sector.half_angle),
            half_angle: random.random_range(0.02..0.09),
            depth: sector.near,
            left: random.random_range(0.3..0.8),
        });
    }
    shadows
}

/// The grey scale that machines draw next to the image.
fn scale_bar(grey: &mut [u8], [height, width]: [usize; 2]) {
    let (top, bottom) = (height / 10, height * 2 / 5);
    let columns = width / 40..width / 40 + (width / 60).max(2);
    for row in top..bottom {
        let value = 255 * (bottom - row) / (bottom - top);
        grey[row * width..][columns.clone()].fill(value as u8);
    }
}
