//! Resizing images and label maps.

#[cfg(test)]
mod tests;

use crate::images::label_map::LabelMap;
use crate::images::lines::Lines;
use crate::images::planar_image::PlanarImage;

/// Resizes an image with half-pixel centres: bilinear where it grows; where it shrinks, a mean with triangular weights as
/// wide as the distance between new pixels, so that fine texture does not alias.
pub fn resize_image(image: &PlanarImage, height: usize, width: usize) -> PlanarImage {
    if [image.height, image.width] == [height, width] {
        return image.clone();
    }
    resize(image, height, width)
}

/// Resizes an image that is read row by row, of which one row at a time is in memory.
pub(crate) fn resize(image: &impl Lines, height: usize, width: usize) -> PlanarImage {
    let [old_height, old_width] = image.size();
    let columns = taps(old_width, width);
    let rows = taps(old_height, height);
    let mut line = vec![0.0; 3 * old_width];
    // Plane after plane, with the new width and the old height.
    let mut wide = vec![0.0; 3 * old_height * width];
    for row in 0..old_height {
        image.read_row(row, &mut line);
        for (channel, part) in line.chunks_exact(old_width).enumerate() {
            let target = &mut wide[(channel * old_height + row) * width..][..width];
            for (value, (first, weights)) in target.iter_mut().zip(&columns) {
                *value = dot(&part[*first..], weights);
            }
        }
    }
    let mut values = Vec::with_capacity(3 * height * width);
    for plane in wide.chunks_exact(old_height * width) {
        for (first, weights) in &rows {
            let start = values.len();
            values.resize(start + width, 0.0);
            for (row, weight) in weights.iter().enumerate() {
                let line = &plane[(first + row) * width..][..width];
                for (value, part) in values[start..].iter_mut().zip(line) {
                    *value += weight * part;
                }
            }
        }
    }
    PlanarImage {
        height,
        width,
        values,
    }
}

fn dot(values: &[f32], weights: &[f32]) -> f32 {
    values
        .iter()
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum()
}

/// For each of `to` new pixels, the first of the `from` old ones that contribute, and the weights of that and the next
/// ones.
fn taps(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    let reach = step.max(1.0);
    (0..to)
        .map(|target| {
            let centre = (target as f64 + 0.5) * step - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(from - 1);
            let weights: Vec<f64> = (first..=last)
                .map(|source| (1.0 - (source as f64 - centre).abs() / reach).max(0.0))
                .collect();
            let sum: f64 = weights.iter().sum();
            let weights = weights.iter().map(|weight| (weight / sum) as f32).collect();
            (first, weights)
        })
        .collect()
}

/// Resizes a label map by the pixel under each new pixel's centre.
pub fn resize_labels(labels: &LabelMap, height: usize, width: usize) -> LabelMap {
    let at = |target: usize, from: usize, to: usize| (2 * target + 1) * from / (2 * to);
    let columns: Vec<usize> = (0..width)
        .map(|column| at(column, labels.width, width))
        .collect();
    let classes = (0..height)
        .flat_map(|row| {
            let line = &labels.classes[at(row, labels.height, height) * labels.width..];
            columns.iter().map(move |column| line[*column])
        })
        .collect();
    LabelMap {
        height,
        width,
        classes,
    }
}
