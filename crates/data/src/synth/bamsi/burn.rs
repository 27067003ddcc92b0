//! Burns: where they are, and what each grade looks like.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::synth::bamsi::body::Body;
use crate::synth::noise::{Field, mix, ramp};

/// A zone of one grade: a disc with a warped border, with islands around it and spared skin inside.
#[derive(Clone, Debug)]
struct Zone {
    /// Class number: 1, 2 (2a), 3 (2b), 4 (grade 3), 5 (grade 4).
    class: u8,
    centre: [f32; 2],
    radius: f32,
    /// Its elongation and direction.
    stretch: f32,
    angle: f32,
    border: Field,
    roughness: f32,
}

/// All zones of an image, shallow before deep.
#[derive(Clone, Debug)]
pub(super) struct Burn {
    zones: Vec<Zone>,
    texture: Field,
    islands: Field,
    /// Shade of grade 3: 0 waxy white, 1 leathery brown.
    leather: f32,
    moisture: f32,
}

impl Burn {
    /// A burn of a main grade (class number), often with a shallower rim or a deeper centre.
    pub(super) fn draw(class: u8, body: &Body, random: &mut ChaCha8Rng) -> Self {
        let mut centre = [0.5, 0.5];
        for _ in 0..40 {
            let tried = [
                random.random_range(0.22..0.78),
                random.random_range(0.22..0.78),
            ];
            if body.depth(tried) > body.depth(centre).min(0.08) {
                centre = tried;
                if body.depth(tried) > 0.06 {
                    break;
                }
            }
        }
        let radius = random.random_range(0.17..0.34);
        let zone = |class: u8, share: f32, random: &mut ChaCha8Rng| Zone {
            class,
            centre: [
                centre[0] + random.random_range(-0.04..0.04),
                centre[1] + random.random_range(-0.04..0.04),
            ],
            radius: radius * share,
            stretch: random.random_range(0.6..1.0),
            angle: random.random_range(0.0..std::f32::consts::TAU),
            border: Field(random.random()),
            roughness: random.random_range(0.25..0.6),
        };
        let mut zones = vec![zone(class, 1.0, random)];
        if class > 1 && random.random_bool(0.4) {
            let rim = random.random_range(1..class);
            zones.insert(0, zone(rim, random.random_range(1.35..1.6), random));
        }
        if class < 5 && random.random_bool(0.3) {
            let heart = random.random_range(class + 1..=5);
            zones.push(zone(heart, random.random_range(0.45..0.6), random));
        }
        Self {
            zones,
            texture: Field(random.random()),
            islands: Field(random.random()),
            leather: random.random_range(0.0..1.0),
            moisture: random.random_range(0.4..1.0),
        }
    }

    /// Depth of a point inside a zone, as a fraction of the image; negative outside.
    fn inside(&self, zone: &Zone, [x, y]: [f32; 2]) -> f32 {
        let (dx, dy) = (x - zone.centre[0], y - zone.centre[1]);
        let along = dx * zone.angle.cos() + dy * zone.angle.sin();
        let across = (-dx * zone.angle.sin() + dy * zone.angle.cos()) / zone.stretch;
        let warp = zone.border.octaves(x * 5.0, y * 5.0, 4);
        let body = zone.radius * (1.0 + zone.roughness * warp) - along.hypot(across);
        // Splashes near the border, spared skin inside.
        let bent = [
            x + 0.05 * warp,
            y + 0.04 * zone.border.octaves(y * 9.0, x * 9.0, 2),
        ];
        let island = self.islands.cells(bent[0] * 7.0, bent[1] * 7.0);
        let size = 0.1 * island.own;
        let splash = ramp(-0.16, -0.02, body) * 0.05 - island.nearest * 0.28 + size * 0.3;
        let spared = 0.12 * island.own - island.nearest * 0.28;
        let with_splashes = body.max(splash.min(body + 0.13));
        if body > 0.02 && body < 0.09 && island.own > 0.6 {
            with_splashes.min(0.05 - spared)
        } else {
            with_splashes
        }
    }

    /// Class of a point of the body; 0 for none.
    pub(super) fn class(&self, point: [f32; 2]) -> u8 {
        let mut class = 0;
        for zone in &self.zones {
            // A deeper zone is inside a shallower one, or isolated.
            if self.inside(zone, point) > 0.0 && (class > 0 || zone.class == self.zones[0].class) {
                class = zone.class;
            }
        }
        class
    }

    /// Colour (linear light) and shine of a point of burned skin.
    pub(super) fn colour(&self, body: &Body, point: [f32; 2]) -> ([f32; 3], f32) {
        let mut surface = (body.skin(point), 0.0);
        let mut under = false;
        for zone in &self.zones {
            let depth = self.inside(zone, point);
            // Erythema fades into healthy skin; the others have more or less sharp borders.
            let softness = [0.035, 0.012, 0.012, 0.008, 0.006][usize::from(zone.class) - 1];
            let cover = ramp(-softness, softness, depth);
            if cover > 0.0 && (under || zone.class == self.zones[0].class) {
                let (colour, shine) = self.grade(zone.class, body, point);
                surface = (
                    mix(surface.0, colour, cover),
                    surface.1 + (shine - surface.1) * cover,
                );
                under = true;
            }
        }
        surface
    }

    fn grade(&self, class: u8, body: &Body, [x, y]: [f32; 2]) -> ([f32; 3], f32) {
        let broad = self.texture.octaves(x * 9.0, y * 9.0, 3);
        let fine = self.texture.octaves(x * 48.0 + 7.0, y * 48.0, 2);
        match class {
            // Dry redness with the skin's own texture.
            1 => (body.reddened([x, y], 0.95 + 0.35 * broad), 0.0),
            // Wet and bright, with blisters that have a shining edge.
            2 => {
                let cell = self
                    .texture
                    .cells(x * 10.0 + 0.25 * broad, y * 10.0 + 0.25 * fine);
                let size = 0.12 + 0.4 * cell.own * cell.own;
                let blister = ramp(size, size * 0.85, cell.nearest);
                let edge = blister * ramp(size * 0.6, size * 0.85, cell.nearest);
                let wet = body.reddened([x, y], 1.75 + 0.4 * broad);
                let raw = mix(wet, [0.62, 0.16, 0.15], 0.45);
                let colour = mix(raw, [0.80, 0.58, 0.42], blister * 0.55);
                (
                    colour.map(|value| value * (1.0 - 0.3 * edge)),
                    self.moisture * (0.35 + 0.65 * edge + 0.3 * fine.max(0.0)),
                )
            }
            // Mottled: pale islands in red, dark dots that do not fade.
            3 => {
                let patch = ramp(-0.12, 0.18, self.texture.octaves(x * 22.0, y * 22.0, 3));
                let red = mix(body.reddened([x, y], 2.4), [0.42, 0.08, 0.09], 0.5);
                let colour = mix(red, [0.78, 0.60, 0.52], patch * 0.85);
                let dot = self.texture.cells(x * 34.0, y * 34.0);
                let size = 0.3 * dot.own;
                (
                    mix(
                        colour,
                        [0.22, 0.03, 0.05],
                        ramp(size, size * 0.5, dot.nearest) * 0.7,
                    ),
                    0.12,
                )
            }
            // Waxy or leathery, dry and stiff, with clotted vessels.
            4 => {
                let waxy = mix(
                    [0.80, 0.74, 0.62],
                    [0.36, 0.21, 0.12],
                    self.leather * 0.8 + 0.15 * broad,
                );
                let vein = self
                    .texture
                    .cells(x * 6.0 + 0.5 * broad, y * 6.0 + 0.3 * fine);
                let vessel = ramp(0.05, 0.02, vein.border()) * 0.6 * ramp(0.2, 0.5, vein.own);
                let colour = mix(waxy, [0.16, 0.04, 0.04], vessel);
                (
                    colour.map(|value| value * (1.0 + 0.06 * fine)),
                    0.18 * (1.0 - self.leather),
                )
            }
            // Charred, cracked down to the tissue below.
            _ => {
                let plate = self
                    .texture
                    .cells(x * 13.0 + 0.6 * fine, y * 13.0 + 0.5 * broad);
                let crack = ramp(0.10, 0.03, plate.border());
                let char = [0.035, 0.028, 0.025]
                    .map(|value: f32| value * (1.5 + broad + 0.8 * fine).max(0.3));
                let below = mix(
                    [0.45, 0.27, 0.10],
                    [0.30, 0.05, 0.04],
                    ramp(-0.3, 0.3, broad),
                );
                (mix(char, below, crack * 0.75), 0.05)
            }
        }
    }
}
