//! Labels that lie beside what they outline, as an export at a wrong offset leaves them.
//!
//! The mean strength of the image's edges under the labels' borders is compared with the same for labels moved by up to
//! [`FARTHEST`] pixels. Where a move of several pixels is clearly better than all others, the labels are suspect. Structures
//! without visible edges give no clear best place, and so no suspicion.

use crate::{LabelMap, Picture};

/// The longest move that is tried, in pixels of the image as it is looked at.
const FARTHEST: i64 = 12;
/// Shorter moves are a matter of the annotator's taste.
const NEAREST: f64 = 4.0;
/// Rows and columns at which images are looked at, at most.
const SIDE: usize = 256;
/// Fewest border pixels from which to judge.
const FEWEST: usize = 40;
/// By how many standard deviations of all places the best must lie above the mean, and above where the labels are.
const CLEAR: [f64; 2] = [3.5, 3.0];

/// By how much labels would have to move, down and to the right, to lie on edges of their image; nothing if they lie well, or
/// if that cannot be told.
pub(super) fn better_place(picture: &Picture, labels: &LabelMap) -> Option<[i64; 2]> {
    let step = picture.height.max(picture.width).div_ceil(SIDE).max(1);
    let (height, width) = (picture.height / step, picture.width / step);
    if height.min(width) as i64 <= 4 * FARTHEST {
        return None;
    }
    let strength = edges(picture, step, [height, width]);
    let borders = borders(labels, step, [height, width]);
    if borders.len() < FEWEST {
        return None;
    }
    let moves = -FARTHEST..=FARTHEST;
    let mut scores = Vec::new();
    for down in moves.clone() {
        for right in moves.clone() {
            let (mut sum, mut count) = (0.0, 0_usize);
            for [row, column] in &borders {
                let (row, column) = (*row as i64 + down, *column as i64 + right);
                if (0..height as i64).contains(&row) && (0..width as i64).contains(&column) {
                    sum += f64::from(strength[row as usize * width + column as usize]);
                    count += 1;
                }
            }
            // Labels that leave the image prove nothing.
            let enough = 2 * count > borders.len();
            scores.push(([down, right], if enough { sum / count as f64 } else { 0.0 }));
        }
    }
    let count = scores.len() as f64;
    let mean = scores.iter().map(|(_, score)| score).sum::<f64>() / count;
    let variance = scores
        .iter()
        .map(|(_, score)| (score - mean).powi(2))
        .sum::<f64>()
        / count;
    let deviation = variance.sqrt().max(1e-9);
    let here = scores.iter().find(|(place, _)| *place == [0, 0])?.1;
    let (best, score) = scores
        .into_iter()
        .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let inside = best.iter().all(|way| way.abs() < FARTHEST);
    let far = (best[0] as f64).hypot(best[1] as f64) >= NEAREST;
    let clear = (score - mean) / deviation > CLEAR[0] && (score - here) / deviation > CLEAR[1];
    (inside && far && clear).then(|| best.map(|way| way * step as i64))
}

/// Mean grey values of squares of `step` pixels, and from them the length of the gradient.
fn edges(picture: &Picture, step: usize, [height, width]: [usize; 2]) -> Vec<f32> {
    let plane = picture.height * picture.width;
    let mut grey = vec![0.0; height * width];
    for row in 0..height * step {
        for column in 0..width * step {
            let index = row * picture.width + column;
            let sum = picture.values[index]
                + picture.values[plane + index]
                + picture.values[2 * plane + index];
            grey[row / step * width + column / step] += sum;
        }
    }
    let at = |row: usize, column: usize| grey[row.min(height - 1) * width + column.min(width - 1)];
    let mut strength = vec![0.0; height * width];
    for row in 1..height - 1 {
        for column in 1..width - 1 {
            let down = at(row + 1, column) - at(row - 1, column);
            let right = at(row, column + 1) - at(row, column - 1);
            strength[row * width + column] = down.hypot(right);
        }
    }
    strength
}

/// Where labels differ from the next below or to the right.
fn borders(labels: &LabelMap, step: usize, [height, width]: [usize; 2]) -> Vec<[usize; 2]> {
    let at = |row: usize, column: usize| labels.classes[row * step * labels.width + column * step];
    let mut borders = Vec::new();
    for row in 0..height - 1 {
        for column in 0..width - 1 {
            let here = at(row, column);
            if here != at(row + 1, column) || here != at(row, column + 1) {
                borders.push([row, column]);
            }
        }
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright disc on a dark, slightly uneven ground.
    fn picture(centre: [f64; 2]) -> Picture {
        let values = (0..128 * 128).map(|index| {
            let (row, column) = ((index / 128) as f64, (index % 128) as f64);
            let inside = (row - centre[0]).hypot(column - centre[1]) < 24.0;
            0.2 + 0.02 * ((index * 7919 % 101) as f32 / 101.0) + if inside { 0.5 } else { 0.0 }
        });
        let plane: Vec<f32> = values.collect();
        Picture {
            height: 128,
            width: 128,
            values: plane.repeat(3),
        }
    }

    fn labels(centre: [f64; 2]) -> LabelMap {
        let inside = |index: usize| {
            ((index / 128) as f64 - centre[0]).hypot((index % 128) as f64 - centre[1]) < 24.0
        };
        LabelMap {
            height: 128,
            width: 128,
            classes: (0..128 * 128)
                .map(|index| u8::from(inside(index)))
                .collect(),
        }
    }

    #[test]
    fn labels_that_lie_well_are_left_alone() {
        assert_eq!(
            better_place(&picture([60.0, 70.0]), &labels([60.0, 70.0])),
            None
        );
        assert_eq!(
            better_place(&picture([60.0, 70.0]), &labels([61.0, 69.0])),
            None
        );
    }

    #[test]
    fn moved_labels_are_told_with_the_way_back() {
        let found = better_place(&picture([60.0, 70.0]), &labels([53.0, 75.0]));
        let [down, right] = found.expect("a better place");
        assert!(
            (down - 7).abs() <= 1 && (right + 5).abs() <= 1,
            "{down} {right}"
        );
    }

    #[test]
    fn without_edges_nothing_is_told() {
        let mut flat = picture([60.0, 70.0]);
        flat.values.fill(0.4);
        assert_eq!(better_place(&flat, &labels([53.0, 75.0])), None);
    }
}
