//! Detects labels that are displaced from what they outline, for example by an export with a wrong offset.
//!
//! Along the border of a structure, an image mostly becomes brighter inwards, or mostly darker: the mean of its gradient
//! along the normal of the border differs from 0. That mean, with strong edges damped, is compared with the same for labels
//! that are moved by up to [`FARTHEST`] pixels. If a move of several pixels is clearly better than all others, the labels
//! are suspicious. Structures without visible edges have no clear best position, and are not suspected.
//!
//! Of 260 slices of Sunnybrook Cardiac Data none is suspected, and 87 are once their labels are moved by 6 pixels down and
//! 6 to the right; of 150 photographs of foot ulcers one, and 110 once theirs are moved by 12 and 12 of 512.

#[cfg(test)]
mod tests;

use crate::images::label_map::LabelMap;
use crate::images::lines::Lines;

/// The longest move that is tried, in pixels of the reduced image.
const FARTHEST: i64 = 12;
/// Shorter moves are within an annotator's discretion.
const NEAREST: f64 = 4.0;
/// Maximum number of rows and columns of the reduced image.
const SIDE: usize = 256;
/// Minimum number of border pixels for a judgement.
const FEWEST: usize = 40;
/// By how many standard deviations over all positions the best must exceed the mean, and the current position.
const CLEAR: [f64; 2] = [4.0, 3.5];
/// Pixels on either side of a border pixel from which the normal of the border is computed.
const AROUND: i64 = 2;

/// The gradient of a photograph at reduced size.
pub(super) struct Edges {
    /// Size in pixels of the squares of the photograph that are averaged.
    step: usize,
    height: usize,
    width: usize,
    /// The gradient, down and to the right, divided by its length plus twice the median length, so that the weight of an
    /// edge saturates at 1.
    gradient: Vec<[f32; 2]>,
}

impl Edges {
    /// Computes the gradient of the mean grey values of squares of `step` pixels; `None` for an image that is too small to
    /// move labels in.
    pub(super) fn new(image: &impl Lines) -> Option<Self> {
        let [rows, columns] = image.size();
        let step = rows.max(columns).div_ceil(SIDE).max(1);
        let (height, width) = (rows / step, columns / step);
        if height.min(width) as i64 <= 4 * FARTHEST {
            return None;
        }
        let mut grey = vec![0.0; height * width];
        let mut line = vec![0.0; 3 * columns];
        for row in 0..height * step {
            image.read_row(row, &mut line);
            for column in 0..width * step {
                let sum = line[column] + line[columns + column] + line[2 * columns + column];
                grey[row / step * width + column / step] += sum;
            }
        }
        let at = |row: usize, column: usize| grey[row * width + column];
        let mut gradient = vec![[0.0; 2]; height * width];
        for row in 1..height - 1 {
            for column in 1..width - 1 {
                gradient[row * width + column] = [
                    at(row + 1, column) - at(row - 1, column),
                    at(row, column + 1) - at(row, column - 1),
                ];
            }
        }
        let mut lengths: Vec<f32> = gradient
            .iter()
            .map(|[down, right]| down.hypot(*right))
            .collect();
        let middle = lengths.len() / 2;
        let median = *lengths.select_nth_unstable_by(middle, f32::total_cmp).1;
        for [down, right] in &mut gradient {
            let length = down.hypot(*right) + 2.0 * median + f32::EPSILON;
            *down /= length;
            *right /= length;
        }
        Some(Self {
            step,
            height,
            width,
            gradient,
        })
    }

    /// By how much labels would have to move, down and to the right, to fit the edges of their image; `None` if they fit,
    /// or if there is no clear answer.
    pub(super) fn better_place(&self, labels: &LabelMap) -> Option<[i64; 2]> {
        let (height, width) = (self.height as i64, self.width as i64);
        let borders = borders(labels, self.step, [self.height, self.width]);
        if borders.len() < FEWEST {
            return None;
        }
        let moves = -FARTHEST..=FARTHEST;
        let mut scores = Vec::new();
        for down in moves.clone() {
            for right in moves.clone() {
                let (mut sum, mut count) = (0.0, 0_usize);
                for border in &borders {
                    let (row, column) = (border.row + down, border.column + right);
                    if (0..height).contains(&row) && (0..width).contains(&column) {
                        let [along, across] = self.gradient[(row * width + column) as usize];
                        sum += f64::from(along * border.normal[0] + across * border.normal[1]);
                        count += 1;
                    }
                }
                // Labels that leave the image are no evidence.
                let enough = 2 * count > borders.len();
                let score = if enough {
                    (sum / count as f64).abs()
                } else {
                    0.0
                };
                scores.push(([down, right], score));
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
        (inside && far && clear).then(|| best.map(|way| way * self.step as i64))
    }
}

/// A pixel of the border between structures and background, at the size of [`Edges`].
struct Border {
    row: i64,
    column: i64,
    /// The direction of the structure, down and to the right, of length 1.
    normal: [f32; 2],
}

/// The pixels where background and structures adjoin, vertically or horizontally.
fn borders(labels: &LabelMap, step: usize, [height, width]: [usize; 2]) -> Vec<Border> {
    let inside = |row: i64, column: i64| {
        let (row, column) = (row as usize * step, column as usize * step);
        labels.classes[row * labels.width + column] > 0
    };
    let mut borders = Vec::new();
    for row in AROUND..height as i64 - AROUND {
        for column in AROUND..width as i64 - AROUND {
            let here = inside(row, column);
            if here == inside(row + 1, column) && here == inside(row, column + 1) {
                continue;
            }
            let mut centre = [0.0_f32; 2];
            for down in -AROUND..=AROUND {
                for right in -AROUND..=AROUND {
                    if inside(row + down, column + right) {
                        centre[0] += down as f32;
                        centre[1] += right as f32;
                    }
                }
            }
            let length = centre[0].hypot(centre[1]).max(f32::EPSILON);
            borders.push(Border {
                row,
                column,
                normal: centre.map(|way| way / length),
            });
        }
    }
    borders
}
