//! Connected regions of a mask, their outlines, and polygons filled with a label.
//!
//! A mask is a slice of rows of `width` pixels each; a point is `[x, y]` with pixel centres at whole numbers, unless a function
//! says otherwise.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::pixel_box::PixelBox;

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

/// One connected region; pixels that share a side or a corner are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its pixels as `[column, row]`, at least one.
    pub pixels: Vec<[usize; 2]>,
}

impl Region {
    /// The box around it.
    pub fn bounds(&self) -> PixelBox {
        PixelBox::around(&self.pixels).unwrap_or_default()
    }
}

/// The connected regions of a mask with rows of `width` pixels, in the order of their first pixels.
pub fn regions(mask: &[bool], width: usize) -> Vec<Region> {
    let height = mask.len() / width.max(1);
    let mut seen = vec![false; mask.len()];
    let mut regions = Vec::new();
    for start in 0..width * height {
        if !mask[start] || seen[start] {
            continue;
        }
        let mut pixels = Vec::new();
        let mut queue = VecDeque::from([start]);
        seen[start] = true;
        while let Some(index) = queue.pop_front() {
            let (column, row) = (index % width, index / width);
            pixels.push([column, row]);
            for (dx, dy) in AROUND {
                let (x, y) = (column as i64 + dx, row as i64 + dy);
                if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
                    let next = y as usize * width + x as usize;
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

/// The outer border, pixel by pixel and clockwise (Moore neighbour tracing, which ends at the first return to its start: a
/// part that hangs on the topmost pixel alone can be missing); holes are ignored.
pub fn outline(region: &Region) -> Vec<[f64; 2]> {
    let [left, top, right, bottom] = region.bounds().corners().map(|value| value as i64);
    let width = right - left;
    let place = |x: i64, y: i64| ((y - top) * width + x - left) as usize;
    let mut inside = vec![false; (width * (bottom - top)).max(0) as usize];
    for &[column, row] in &region.pixels {
        inside[place(column as i64, row as i64)] = true;
    }
    let is_inside = |x: i64, y: i64| {
        (left..right).contains(&x) && (top..bottom).contains(&y) && inside[place(x, y)]
    };
    let Some(&[column, row]) = region
        .pixels
        .iter()
        .min_by_key(|[column, row]| (*row, *column))
    else {
        return Vec::new();
    };
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
pub fn simplify(border: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
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

/// Fills a polygon whose corners are pixel centres: its inside by the even-odd rule, and the pixels under its edges. Rows of
/// `drawn` have `width` pixels.
pub fn fill(corners: &[[f64; 2]], width: usize, label: u8, drawn: &mut [u8]) {
    let height = drawn.len() / width.max(1);
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
    for row in 0..height {
        let y = row as f64;
        let mut crossings: Vec<f64> = edges()
            .filter(|(one, other)| (one[1] <= y) != (other[1] <= y))
            .map(|(one, other)| one[0] + (y - one[1]) / (other[1] - one[1]) * (other[0] - one[0]))
            .collect();
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let first = pair[0].ceil().max(0.0) as usize;
            let last = pair[1].floor().min((width - 1) as f64);
            if last >= 0.0 && first <= last as usize {
                drawn[row * width + first..=row * width + last as usize].fill(label);
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
            let inside = |value: f64, end: usize| (0.0..end as f64).contains(&value);
            if inside(column, width) && inside(row, height) {
                drawn[row as usize * width + column as usize] = label;
            }
        }
    }
}

/// The outer borders of a region along the edges of its pixels, clockwise, as corners: pixel (0, 0) is the square from `[0, 0]` to
/// `[1, 1]`. Parts that touch only at a corner have one border each, so that no border crosses or touches itself; holes are
/// ignored. Unlike [`outline`], whose points are centres of pixels, these enclose every pixel of the region.
pub fn borders(region: &Region) -> Vec<Vec<[usize; 2]>> {
    let inside: BTreeSet<[usize; 2]> = region.pixels.iter().copied().collect();
    let has = |x: usize, y: usize, dx: i64, dy: i64| {
        let (x, y) = (x as i64 + dx, y as i64 + dy);
        x >= 0 && y >= 0 && inside.contains(&[x as usize, y as usize])
    };
    // The side of each pixel without a neighbour, from corner to corner, with the region to the right.
    let mut sides: BTreeMap<[usize; 2], Vec<[usize; 2]>> = BTreeMap::new();
    for &[x, y] in &inside {
        for (dx, dy, from, to) in [
            (0, -1, [x, y], [x + 1, y]),
            (1, 0, [x + 1, y], [x + 1, y + 1]),
            (0, 1, [x + 1, y + 1], [x, y + 1]),
            (-1, 0, [x, y + 1], [x, y]),
        ] {
            if !has(x, y, dx, dy) {
                sides.entry(from).or_default().push(to);
            }
        }
    }
    let mut borders = Vec::new();
    while let Some(start) = sides.keys().next().copied() {
        let mut border = vec![start];
        let mut here = start;
        let mut before: Option<[i64; 2]> = None;
        while let Some(ends) = sides.get_mut(&here) {
            let direction = |end: &[usize; 2]| {
                [
                    end[0] as i64 - here[0] as i64,
                    end[1] as i64 - here[1] as i64,
                ]
            };
            // Where two parts touch, the turn to the right stays with this one.
            let right = before.map(|[dx, dy]| [-dy, dx]);
            let place = ends.iter().position(|end| Some(direction(end)) == right);
            let next = ends.remove(place.unwrap_or(0));
            let step = direction(&next);
            if ends.is_empty() {
                sides.remove(&here);
            }
            if before == Some(step) {
                border.pop();
            }
            before = Some(step);
            here = next;
            if here == start {
                break;
            }
            border.push(here);
        }
        if is_clockwise(&border) {
            borders.push(border);
        }
    }
    borders
}

/// Whether a border encloses its region, and not a hole in it.
fn is_clockwise(border: &[[usize; 2]]) -> bool {
    let next = border.iter().cycle().skip(1);
    let twice_area: i64 = border
        .iter()
        .zip(next)
        .map(|(one, other)| {
            let [[x0, y0], [x1, y1]] = [one, other].map(|corner| corner.map(|value| value as i64));
            x0 * y1 - x1 * y0
        })
        .sum();
    twice_area > 0
}
