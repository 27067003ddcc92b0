//! The random numbers of one image's changes.

use rand::Rng;

/// Every number that the changes of one image may need. All are drawn, used or not, so that enabling one change does not
/// affect the others; new ones are drawn last, so that older recipes give the same images.
#[derive(Clone, Debug)]
pub(super) struct Draws {
    pub(super) flip_columns: bool,
    pub(super) flip_rows: bool,
    /// 0 to 3.
    pub(super) quarters: u8,
    /// From −1 to 1, as are the five colours.
    pub(super) rotation: f64,
    /// From 0 to 1.
    pub(super) scale: f64,
    pub(super) brightness: f64,
    pub(super) contrast: f64,
    pub(super) gamma: f64,
    pub(super) saturation: f64,
    pub(super) hue: f64,
    /// From 0 to 1, as are the following: a change is made if its number is below its probability.
    pub(super) chances: Chances,
    pub(super) crop: CropDraws,
    pub(super) elastic_seed: u64,
    pub(super) blur: f64,
    pub(super) low_resolution: f64,
    pub(super) noise: f64,
    pub(super) noise_seed: u64,
}

/// One number for each change that has a probability.
#[derive(Clone, Debug)]
pub(super) struct Chances {
    pub(super) rotate: f64,
    pub(super) scale: f64,
    pub(super) brightness: f64,
    pub(super) contrast: f64,
    pub(super) gamma: f64,
    pub(super) saturation: f64,
    pub(super) hue: f64,
    pub(super) elastic: f64,
    pub(super) blur: f64,
    pub(super) low_resolution: f64,
    pub(super) noise: f64,
}

/// The position of a crop.
#[derive(Clone, Copy, Debug)]
pub(super) struct CropDraws {
    pub(super) foreground: f64,
    pub(super) class: f64,
    pub(super) pixel: f64,
    pub(super) row: f64,
    pub(super) column: f64,
}

impl Draws {
    pub(super) fn draw(random: &mut impl Rng) -> Self {
        // Fields are drawn in the order in which they are written, so the order must not change.
        Self {
            flip_columns: random.random(),
            flip_rows: random.random(),
            quarters: random.random_range(0..4),
            rotation: either_way(random),
            scale: random.random(),
            brightness: either_way(random),
            contrast: either_way(random),
            gamma: either_way(random),
            saturation: either_way(random),
            hue: either_way(random),
            chances: Chances {
                rotate: random.random(),
                scale: random.random(),
                brightness: random.random(),
                contrast: random.random(),
                gamma: random.random(),
                saturation: random.random(),
                hue: random.random(),
                elastic: random.random(),
                blur: random.random(),
                low_resolution: random.random(),
                noise: random.random(),
            },
            crop: CropDraws {
                foreground: random.random(),
                class: random.random(),
                pixel: random.random(),
                row: random.random(),
                column: random.random(),
            },
            elastic_seed: random.random(),
            blur: random.random(),
            low_resolution: random.random(),
            noise: random.random(),
            noise_seed: random.random(),
        }
    }
}

/// A number from −1 to 1.
fn either_way(random: &mut impl Rng) -> f64 {
    random.random_range(-1.0..=1.0)
}
