//! Resizing images and label maps.

use crate::images::label_map::LabelMap;
use crate::images::lines::Lines;
use crate::images::picture::Picture;

/// Resizes an image with half-pixel centres: bilinear where it grows; where it shrinks, a mean with triangular weights as
/// wide as the distance between new pixels, so that fine texture does not alias.
pub fn resize_picture(image: &Picture, height: usize, width: usize) -> Picture {
    if [image.height, image.width] == [height, width] {
        return image.clone();
    }
    resize(image, height, width)
}

/// Resizes an image that is read row by row, of which one row at a time is in memory.
pub(crate) fn resize(image: &impl Lines, height: usize, width: usize) -> Picture {
    let [old_height, old_width] = image.size();
    let columns = taps(old_width, width);
    let rows = taps(old_height, height);
    let mut line = vec![0.0; 3 * old_width];
    // Plane after plane, with the new width and the old height.
    let mut wide = vec![0.0; 3 * old_height * width];
    for row in 0..old_height {
        image.line(row, &mut line);
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
    Picture {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(height: usize, width: usize) -> Picture {
        let plane = |slope: f32| {
            (0..height * width)
                .map(move |index| slope * ((index % width) as f32 + 0.5) / width as f32)
        };
        Picture {
            height,
            width,
            values: plane(1.0).chain(plane(0.5)).chain(plane(0.0)).collect(),
        }
    }

    #[test]
    fn a_ramp_stays_a_ramp_away_from_the_borders() {
        for (height, width) in [(10, 48), (40, 12), (7, 33)] {
            let resized = resize_picture(&ramp(20, 24), height, width);
            assert_eq!(resized.values.len(), 3 * height * width);
            let expected = ramp(height, width);
            for row in 0..height {
                for column in 3..width - 3 {
                    let index = row * width + column;
                    assert!((resized.values[index] - expected.values[index]).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn single_values_equal_those_computed_by_hand() {
        let line = |values: &[f32]| Picture {
            height: 1,
            width: values.len(),
            values: values.repeat(3),
        };
        // Twice as wide: at a quarter and three quarters between old centres, with the border repeated.
        let grown = resize_picture(&line(&[0.0, 1.0]), 1, 4);
        assert_eq!(grown, line(&[0.0, 0.25, 0.75, 1.0]));
        // Half as wide: triangular weights 3/4, 3/4, 1/4 over their sum.
        let shrunk = resize_picture(&line(&[7.0, 0.0, 0.0, 0.0]), 1, 2);
        assert_eq!(shrunk, line(&[3.0, 0.0]));
        assert_eq!(resize_picture(&line(&[0.25]), 3, 2).values, [0.25; 18]);
    }

    #[test]
    fn shrinking_keeps_the_mean() {
        let image = Picture {
            height: 64,
            width: 64,
            values: (0..3 * 64 * 64)
                .map(|index| ((index * 7919) % 101) as f32 / 101.0)
                .collect(),
        };
        let mean = |image: &Picture| image.values.iter().sum::<f32>() / image.values.len() as f32;
        let small = resize_picture(&image, 16, 16);
        assert!((mean(&small) - mean(&image)).abs() < 0.01);
        let spread = small
            .values
            .iter()
            .fold(0.0_f32, |most, value| most.max((value - 0.5).abs()));
        assert!(
            spread < 0.3,
            "single pixels must not shine through: {spread}"
        );
    }

    #[test]
    fn labels_keep_their_values_and_places() {
        let labels = LabelMap {
            height: 2,
            width: 2,
            classes: vec![0, 1, 2, 255],
        };
        let large = resize_labels(&labels, 4, 6);
        assert_eq!(
            large.classes,
            [
                [0, 0, 0, 1, 1, 1],
                [0, 0, 0, 1, 1, 1],
                [2, 2, 2, 255, 255, 255],
                [2, 2, 2, 255, 255, 255]
            ]
            .concat()
        );
        assert_eq!(resize_labels(&large, 2, 2), labels);
    }
}
