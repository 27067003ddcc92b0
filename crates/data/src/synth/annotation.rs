//! Labels as drawn with an annotation tool: polygons with few corners, too wide or too narrow, with islands missed.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Eight neighbours, clockwise from the right.
const AROUND: [(i64, i64); 8] = [
    (1, 0),
    (1, 1),
    (0, 1),
    (-1, 1),
    (-1, 0),
    (-1, -1),
    (0, -1),
    (1, -1),
];

/// One connected region.
struct Region {
    /// Its pixels as `[column, row]`.
    pixels: Vec<[usize; 2]>,
}

/// Redraws clean labels with polygons. `noise` 0 returns them unchanged; 1 is typical of annotation tools; 3 is careless.
pub(super) fn annotate(classes: &[u8], size: usize, noise: f64, seed: u64) -> Vec<u8> {
    if noise <= 0.0 {
        return classes.to_vec();
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scale = noise * size as f64;
    // One annotator draws one image, so all its borders have the same bias.
    let lean = random.random_range(-1.0..=1.0) * 0.05 * scale;
    let tolerance = random.random_range(0.02..0.045) * scale;
    let smallest = random.random_range(0.0004..0.004) * scale * size as f64;
    let mut drawn = vec![0; classes.len()];
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
                continue;
            }
            let outline = simplify(&outline(&region, size), tolerance);
            let stroke = Stroke {
                lean,
                tolerance,
                wobble: 0.012 * scale,
            };
            let corners = moved(&outline, &stroke, &mut random);
            fill(&corners, size, label, &mut drawn);
        }
    }
    drawn
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
        let outline = simplify(&outline(&region, size), stroke.tolerance);
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

fn regions(mask: &[bool], size: usize) -> Vec<Region> {
    let mut seen = vec![false; mask.len()];
    let mut regions = Vec::new();
    for start in 0..mask.len() {
        if !mask[start] || seen[start] {
            continue;
        }
        let mut pixels = Vec::new();
        let mut queue = VecDeque::from([start]);
        seen[start] = true;
        while let Some(index) = queue.pop_front() {
            let (column, row) = (index % size, index / size);
            pixels.push([column, row]);
            for (dx, dy) in AROUND {
                let (x, y) = (column as i64 + dx, row as i64 + dy);
                if (0..size as i64).contains(&x) && (0..size as i64).contains(&y) {
                    let next = y as usize * size + x as usize;
                    if mask[next] && !seen[next] {
                        seen[next] = true;
                        queue.push_back(next);
                    }
                }
            }
        }
        regions.push(Region { pixels });
    }
    regions
}

/// The outer border, pixel by pixel and clockwise (Moore neighbour tracing); holes are ignored.
fn outline(region: &Region, size: usize) -> Vec<[f64; 2]> {
    let mut inside = vec![false; size * size];
    for [column, row] in &region.pixels {
        inside[row * size + column] = true;
    }
    let is_inside = |x: i64, y: i64| {
        (0..size as i64).contains(&x)
            && (0..size as i64).contains(&y)
            && inside[y as usize * size + x as usize]
    };
    let [column, row] = region
        .pixels
        .iter()
        .copied()
        .min_by_key(|[column, row]| (*row, *column))
        .expect("a pixel");
    let start = (column as i64, row as i64);
    let (mut here, mut from) = (start, 6);
    let mut border = vec![[column as f64, row as f64]];
    // Every border pixel is visited at most four times.
    for _ in 0..4 * region.pixels.len() + 8 {
        let turn = (0..8).map(|turn| (from + turn) % 8).find(|direction| {
            let (dx, dy) = AROUND[*direction];
            is_inside(here.0 + dx, here.1 + dy)
        });
        let Some(direction) = turn else {
            break;
        };
        here = (here.0 + AROUND[direction].0, here.1 + AROUND[direction].1);
        if here == start {
            break;
        }
        border.push([here.0 as f64, here.1 as f64]);
        from = (direction + 6) % 8;
    }
    border
}

/// Removes corners within `tolerance` of the line between their neighbours (Ramer, Douglas, Peucker).
fn simplify(border: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    if border.len() < 4 {
        return border.to_vec();
    }
    let distance = |one: [f64; 2], other: [f64; 2]| (one[0] - other[0]).hypot(one[1] - other[1]);
    let far = (0..border.len())
        .max_by(|one, other| {
            distance(border[0], border[*one]).total_cmp(&distance(border[0], border[*other]))
        })
        .expect("corners");
    let mut corners = vec![border[0]];
    reduce(&border[..=far], tolerance, &mut corners);
    let closing: Vec<[f64; 2]> = border[far..].iter().copied().chain([border[0]]).collect();
    reduce(&closing, tolerance, &mut corners);
    corners.pop();
    corners
}

fn reduce(line: &[[f64; 2]], tolerance: f64, corners: &mut Vec<[f64; 2]>) {
    let (first, last) = (line[0], line[line.len() - 1]);
    let along = [last[0] - first[0], last[1] - first[1]];
    let length = along[0].hypot(along[1]);
    let off = |point: [f64; 2]| {
        let to = [point[0] - first[0], point[1] - first[1]];
        if length < 1e-9 {
            to[0].hypot(to[1])
        } else {
            (along[0] * to[1] - along[1] * to[0]).abs() / length
        }
    };
    let farthest = (1..line.len().saturating_sub(1))
        .max_by(|one, other| off(line[*one]).total_cmp(&off(line[*other])));
    match farthest.filter(|index| off(line[*index]) > tolerance) {
        Some(index) => {
            reduce(&line[..=index], tolerance, corners);
            reduce(&line[index..], tolerance, corners);
        }
        None => corners.push(last),
    }
}

fn centre(corners: &[[f64; 2]]) -> [f64; 2] {
    let count = corners.len().max(1) as f64;
    let sum = corners.iter().fold([0.0; 2], |sum, corner| {
        [sum[0] + corner[0], sum[1] + corner[1]]
    });
    sum.map(|value| value / count)
}

/// Fills a polygon whose corners are pixel centres: its inside by the even-odd rule, and the pixels under its edges.
fn fill(corners: &[[f64; 2]], size: usize, label: u8, drawn: &mut [u8]) {
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
    for row in 0..size {
        let y = row as f64;
        let mut crossings: Vec<f64> = edges()
            .filter(|(one, other)| (one[1] <= y) != (other[1] <= y))
            .map(|(one, other)| one[0] + (y - one[1]) / (other[1] - one[1]) * (other[0] - one[0]))
            .collect();
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let first = pair[0].ceil().max(0.0) as usize;
            let last = pair[1].floor().min((size - 1) as f64);
            if last >= 0.0 && first <= last as usize {
                drawn[row * size + first..=row * size + last as usize].fill(label);
            }
        }
    }
    for (one, other) in edges() {
        let along = [other[0] - one[0], other[1] - one[1]];
        let steps = along[0].abs().max(along[1].abs()).ceil();
        for step in 0..=steps as usize {
            let part = step as f64 / steps.max(1.0);
            let [column, row] =
                [one[0] + part * along[0], one[1] + part * along[1]].map(f64::round);
            let inside = |value: f64| (0.0..size as f64).contains(&value);
            if inside(column) && inside(row) {
                drawn[row as usize * size + column as usize] = label;
            }
        }
    }
}
