//! Blurs the inside of every labelled structure: the paper's experiment on the benefit of its pixel rule.
//!
//! Florea et al. (2025, Section 5.2) ask whether discarding pixels helps *because* their labels are wrong. They cannot
//! correct the labels, so they make the images agree with them: all pixels inside an annotated mask are strongly blurred,
//! in training and test images alike. Then every label is right, and a rule that discards pixels should gain nothing.

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::error::{DataError, setting_advice};
use crate::images::label_map::LabelMap;
use crate::images::planar_image::PlanarImage;

/// Number of successive box filters that approximate a Gaussian (W. M. Wells, "Efficient synthesis of Gaussian filters by
/// cascaded uniform filters", IEEE PAMI 8, 1986), at a cost that does not depend on the width.
const PASSES: usize = 3;

/// Checks that the blur is within its range.
pub(crate) fn check(share: f64, root: &Path) -> Result<(), DataError> {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    Err(DataError::new(
        root,
        "data.homogenise of 0 to 1, a fraction of the image's shorter side",
        share.to_string(),
        setting_advice("change it"),
    ))
}

/// Blurs the inside of each foreground class separately, with a standard deviation of `share` of the shorter side.
///
/// The convolution is normalised (H. Knutsson, C.-F. Westin, CVPR 1993): a mean over the pixels of the class only, so that
/// nothing bleeds across its border. Background and ignored pixels are unchanged.
pub(crate) fn homogenise(image: &mut PlanarImage, labels: &LabelMap, share: f64, ignore: u8) {
    let sigma = share * image.height.min(image.width) as f64;
    // The variance of a mean over 2r + 1 pixels is ((2r + 1)² − 1) / 12.
    let reach = (((12.0 / PASSES as f64 * sigma * sigma + 1.0).sqrt() - 1.0) / 2.0).round();
    if reach < 1.0 {
        return;
    }
    for (class, bounds) in bounds(labels).into_iter().enumerate().skip(1) {
        if let Some(bounds) = bounds.filter(|_| class != usize::from(ignore)) {
            blur_class(image, labels, class as u8, bounds, reach as usize);
        }
    }
}

/// First and last row and column of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

/// The bounds of every class number that occurs.
fn bounds(labels: &LabelMap) -> [Option<Bounds>; 256] {
    let mut found: [Option<Bounds>; 256] = [None; 256];
    for (row, line) in labels.classes.chunks_exact(labels.width).enumerate() {
        for (column, class) in line.iter().enumerate() {
            let bounds = found[usize::from(*class)].get_or_insert(Bounds {
                top: row,
                bottom: row,
                left: column,
                right: column,
            });
            bounds.bottom = row;
            bounds.left = bounds.left.min(column);
            bounds.right = bounds.right.max(column);
        }
    }
    found
}

fn blur_class(image: &mut PlanarImage, labels: &LabelMap, class: u8, bounds: Bounds, reach: usize) {
    let (height, width) = (
        bounds.bottom - bounds.top + 1,
        bounds.right - bounds.left + 1,
    );
    let lines = |plane: usize| {
        (bounds.top..=bounds.bottom)
            .map(move |row| plane + row * labels.width + bounds.left)
            .map(move |start| start..start + width)
    };
    let mask: Vec<f32> = lines(0)
        .flat_map(|line| &labels.classes[line])
        .map(|found| f32::from(u8::from(*found == class)))
        .collect();
    let mut weights = mask.clone();
    blur(&mut weights, height, width, reach);
    for channel in 0..3 {
        let plane = channel * labels.height * labels.width;
        let mut sums: Vec<f32> = lines(plane)
            .flat_map(|line| &image.values[line])
            .zip(&mask)
            .map(|(value, mask)| value * mask)
            .collect();
        blur(&mut sums, height, width, reach);
        let means = sums.iter().zip(&weights).map(|(sum, weight)| sum / weight);
        let values = lines(plane).flatten();
        for ((index, mean), mask) in values.zip(means).zip(&mask) {
            if *mask > 0.0 {
                image.values[index] = mean.clamp(0.0, 1.0);
            }
        }
    }
}

/// Applies a box filter of `2 · reach + 1` rows and columns three times, with zeros outside. Running sums are kept in f64,
/// since values are added and subtracted.
fn blur(values: &mut [f32], height: usize, width: usize, reach: usize) {
    let whole = (2 * reach + 1) as f64;
    let mut line = vec![0.0; width];
    for _ in 0..PASSES {
        for row in values.chunks_exact_mut(width) {
            line.copy_from_slice(row);
            let mut sum: f64 = line.iter().take(reach).map(|value| f64::from(*value)).sum();
            for column in 0..width {
                sum += line
                    .get(column + reach)
                    .map_or(0.0, |value| f64::from(*value));
                row[column] = (sum / whole) as f32;
                if column >= reach {
                    sum -= f64::from(line[column - reach]);
                }
            }
        }
    }
    let mut sums = vec![0.0_f64; width];
    for _ in 0..PASSES {
        let old = values.to_vec();
        let row = |row: usize| old[row * width..][..width].iter();
        sums.fill(0.0);
        for first in 0..reach.min(height) {
            sums.iter_mut()
                .zip(row(first))
                .for_each(|(sum, value)| *sum += f64::from(*value));
        }
        for (number, target) in values.chunks_exact_mut(width).enumerate() {
            if number + reach < height {
                let entering = row(number + reach);
                sums.iter_mut()
                    .zip(entering)
                    .for_each(|(sum, value)| *sum += f64::from(*value));
            }
            for (value, sum) in target.iter_mut().zip(&sums) {
                *value = (sum / whole) as f32;
            }
            if number >= reach {
                let leaving = row(number - reach);
                sums.iter_mut()
                    .zip(leaving)
                    .for_each(|(sum, value)| *sum -= f64::from(*value));
            }
        }
    }
}
