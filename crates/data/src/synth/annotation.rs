//! Labels as drawn with an annotation tool: polygons with few corners, too wide or too narrow, with islands missed.

#[cfg(test)]
mod tests;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::corruption::{Corruption, MissedPlace, SwappedPlace};
use crate::pixel_box::PixelBox;
use crate::regions::{Region, fill, outline, regions, simplify};

/// Redraws clean labels with polygons. `noise` 0 returns them unchanged; 1 is typical of annotation tools; 3 is careless. Also
/// returns what was done, for an image without a name.
pub(super) fn annotate(
    classes: &[u8],
    size: usize,
    noise: f64,
    seed: u64,
) -> (Vec<u8>, Corruption) {
    if noise <= 0.0 {
        return (classes.to_vec(), Corruption::default());
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scale = noise * size as f64;
    // One annotator draws one image, so all its borders have the same bias.
    let lean = random.random_range(-1.0..=1.0) * 0.05 * scale;
    let tolerance = random.random_range(0.02..0.045) * scale;
    let smallest = random.random_range(0.0004..0.004) * scale * size as f64;
    let mut drawn = vec![0; classes.len()];
    let mut wrong = Vec::new();
    // Shallow zones first; deeper ones are drawn over them, each together with everything deeper.
    let mut present: Vec<u8> = classes.iter().copied().filter(|class| *class > 0).collect();
    present.sort_unstable();
    present.dedup();
    let order = nesting(classes, size, &present);
    for (position, &class) in order.iter().enumerate() {
        let deeper = &order[position + 1..];
        let mask: Vec<bool> = classes
            .iter()
            .map(|other| *other == class || deeper.contains(other))
            .collect();
        let label = if random.random_bool((0.04 * noise).min(0.5)) {
            // Confused with a neighbouring grade.
            if class == 1 || (class < 5 && random.random_bool(0.5)) {
                class + 1
            } else {
                class - 1
            }
        } else {
            class
        };
        let regions = regions(&mask, size);
        let largest = regions
            .iter()
            .map(|region| region.pixels.len())
            .max()
            .unwrap_or(0);
        for region in regions {
            // Small islands may be missed, the main region never is.
            if (region.pixels.len() as f64) < smallest && region.pixels.len() < largest {
                wrong.push(Wrong::new(class, 0, region, classes, size));
                continue;
            }
            let outline = simplify(&outline(&region), tolerance);
            let stroke = Stroke {
                lean,
                tolerance,
                wobble: 0.012 * scale,
            };
            let corners = moved(&outline, &stroke, &mut random);
            fill(&corners, size, label, &mut drawn);
            if label != class {
                wrong.push(Wrong::new(class, label, region, classes, size));
            }
        }
    }
    let mut corruption = Corruption {
        lean,
        tolerance,
        ..Corruption::default()
    };
    for wrong in wrong {
        wrong.note(&drawn, size, &mut corruption);
    }
    (drawn, corruption)
}

/// A place that was missed (`to` is 0) or drawn as another class.
struct Wrong {
    from: u8,
    to: u8,
    /// The pixels of the class itself: deeper zones inside are drawn on their own.
    pixels: Vec<[usize; 2]>,
}

impl Wrong {
    fn new(from: u8, to: u8, region: Region, classes: &[u8], size: usize) -> Self {
        let mut pixels = region.pixels;
        pixels.retain(|[column, row]| classes[row * size + column] == from);
        Self { from, to, pixels }
    }

    /// Notes the place, unless most of it was drawn over: by a border that leans out, or by a deeper zone.
    fn note(&self, drawn: &[u8], size: usize, corruption: &mut Corruption) {
        let is_wrong = |[column, row]: &&[usize; 2]| drawn[row * size + column] == self.to;
        let area = self.pixels.len();
        let Some(place) = PixelBox::around(&self.pixels) else {
            return;
        };
        if 2 * self.pixels.iter().filter(is_wrong).count() <= area {
            return;
        }
        let Self { from, to, .. } = *self;
        if to == 0 {
            let class = from;
            corruption.missed.push(MissedPlace { class, place, area });
        } else {
            let swapped = SwappedPlace {
                from,
                to,
                place,
                area,
            };
            corruption.swapped.push(swapped);
        }
    }
}

/// How an annotator draws outlines, in pixels.
pub(super) struct Stroke {
    /// Distance of every corner outside (or, if negative, inside) of the true outline.
    pub(super) lean: f64,
    /// Maximum distance of the true outline from the line between two corners.
    pub(super) tolerance: f64,
    /// Maximum additional error of a corner, in either direction.
    pub(super) wobble: f64,
}

/// Redraws every region of a mask as a polygon.
pub(super) fn redraw(
    mask: &[bool],
    size: usize,
    label: u8,
    stroke: &Stroke,
    random: &mut ChaCha8Rng,
    drawn: &mut [u8],
) {
    for region in regions(mask, size) {
        let outline = simplify(&outline(&region), stroke.tolerance);
        let corners = moved(&outline, stroke, random);
        fill(&corners, size, label, drawn);
    }
}

/// Moves the corners by the errors of the annotator.
fn moved(outline: &[[f64; 2]], stroke: &Stroke, random: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let middle = centre(outline);
    outline
        .iter()
        .map(|corner| {
            let away = [corner[0] - middle[0], corner[1] - middle[1]];
            let length = away[0].hypot(away[1]).max(1.0);
            let mut wobble = || random.random_range(-1.0..=1.0) * stroke.wobble;
            [
                corner[0] + away[0] / length * stroke.lean + wobble(),
                corner[1] + away[1] / length * stroke.lean + wobble(),
            ]
        })
        .collect()
}

/// Classes from the outermost to the innermost: a zone with more contact to the background comes before one with less.
fn nesting(classes: &[u8], size: usize, present: &[u8]) -> Vec<u8> {
    let mut order: Vec<(u8, f64)> = present
        .iter()
        .map(|&class| {
            let (mut background, mut other) = (0_usize, 1_usize);
            for index in 0..classes.len() - size - 1 {
                for neighbour in [index + 1, index + size] {
                    let pair = [classes[index], classes[neighbour]];
                    if pair.contains(&class) && pair[0] != pair[1] {
                        if pair.contains(&0) {
                            background += 1;
                        } else {
                            other += 1;
                        }
                    }
                }
            }
            (class, background as f64 / other as f64)
        })
        .collect();
    order.sort_by(|one, other| other.1.total_cmp(&one.1));
    order.into_iter().map(|(class, _)| class).collect()
}

fn centre(corners: &[[f64; 2]]) -> [f64; 2] {
    let count = corners.len().max(1) as f64;
    let sum = corners.iter().fold([0.0; 2], |sum, corner| {
        [sum[0] + corner[0], sum[1] + corner[1]]
    });
    sum.map(|value| value / count)
}
