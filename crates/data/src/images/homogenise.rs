//! Blurs the inside of every labelled structure: the paper's experiment on the benefit of its pixel rule.
//!
//! Florea et al. (2025, Section 5.2) ask whether discarding pixels helps *because* their labels are wrong. They cannot
//! correct the labels, so they make the images agree with them: all pixels inside an annotated mask are strongly blurred,
//! in training and test images alike. Then every label is right, and a rule that discards pixels should gain nothing.

use std::path::Path;

use crate::error::DataError;
use crate::images::label_map::LabelMap;
use crate::images::picture::Picture;

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
        "change it in the recipe",
    ))
}

/// Blurs the inside of each foreground class separately, with a standard deviation of `share` of the shorter side.
///
/// The convolution is normalised (H. Knutsson, C.-F. Westin, CVPR 1993): a mean over the pixels of the class only, so that
/// nothing bleeds across its border. Background and ignored pixels are unchanged.
pub(crate) fn homogenise(image: &mut Picture, labels: &LabelMap, share: f64, ignore: u8) {
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

fn blur_class(image: &mut Picture, labels: &LabelMap, class: u8, bounds: Bounds, reach: usize) {
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
        .map(|of| f32::from(u8::from(*of == class)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// 40×60: class 1 on the left, class 2 on the right of column 30, ignored pixels in a corner of 2, background around;
    /// neighbouring pixels have different values.
    fn case() -> (Picture, LabelMap) {
        let (height, width) = (40, 60);
        let class = |index: usize| match (index / width, index % width) {
            (5..8, 50..53) => 255,
            (4..36, 8..30) => 1,
            (4..36, 30..55) => 2,
            _ => 0,
        };
        let labels = LabelMap {
            height,
            width,
            classes: (0..height * width).map(class).collect(),
        };
        let base = |index: usize| match labels.classes[index % (height * width)] {
            0 => 0.0,
            1 => 0.2,
            2 => 0.6,
            _ => 0.9,
        };
        let values = (0..3 * height * width)
            .map(|index| base(index) + (index * 7919 % 101) as f32 / 1010.0)
            .collect();
        let image = Picture {
            height,
            width,
            values,
        };
        (image, labels)
    }

    fn spread(image: &Picture, labels: &LabelMap, class: u8) -> [f32; 2] {
        let inside = image.values.iter().zip(labels.classes.iter().cycle());
        inside
            .filter(|(_, of)| **of == class)
            .fold([1.0, 0.0], |[low, high], (value, _)| {
                [value.min(low), value.max(high)]
            })
    }

    #[test]
    fn insides_become_uniform_and_nothing_crosses_a_border() {
        let (old, labels) = case();
        let mut new = old.clone();
        homogenise(&mut new, &labels, 0.15, 255);
        for (class, low, high) in [(1, 0.2, 0.3), (2, 0.6, 0.7)] {
            let [least, most] = spread(&new, &labels, class);
            // Had the other class bled in, the values would be far outside the class's own range.
            assert!(low < least && most < high, "{class}: {least} to {most}");
            assert!(most - least < 0.02, "{class}: {least} to {most}");
            let [least, most] = spread(&old, &labels, class);
            assert!(most - least > 0.09);
        }
        for (index, class) in labels.classes.iter().cycle().take(7200).enumerate() {
            if matches!(class, 0 | 255) {
                assert_eq!(new.values[index].to_bits(), old.values[index].to_bits());
            }
        }
    }

    #[test]
    fn a_structure_of_one_value_keeps_it_whatever_its_shape() {
        let (mut image, mut labels) = case();
        for (index, class) in labels.classes.iter_mut().enumerate() {
            // Comb, isolated pixels, and a hole.
            *class = u8::from(index % 7 == 0 && index < 1200 || index == 2390);
        }
        for (value, class) in image.values.iter_mut().zip(labels.classes.iter().cycle()) {
            *value = if *class == 1 { 0.625 } else { 0.0 };
        }
        let old = image.clone();
        for share in [0.05, 0.3, 1.0] {
            homogenise(&mut image, &labels, share, 255);
            let near = |(one, other): (&f32, &f32)| (one - other).abs() < 1e-5;
            assert!(image.values.iter().zip(&old.values).all(near), "{share}");
        }
    }

    #[test]
    fn a_wide_mask_is_blurred_as_by_a_gaussian() {
        let (height, width) = (121, 121);
        let mut image = Picture {
            height,
            width,
            values: vec![0.0; 3 * height * width],
        };
        for plane in image.values.chunks_exact_mut(height * width) {
            plane[60 * width + 60] = 1.0;
        }
        let labels = LabelMap {
            height,
            width,
            classes: vec![1; height * width],
        };
        // Three means over 13 pixels have the variance 42.
        homogenise(&mut image, &labels, 42_f64.sqrt() / 121.0, 255);
        for row in 45..76 {
            for column in 45..76 {
                let square = f64::from((row as i32 - 60).pow(2) + (column as i32 - 60).pow(2));
                let gaussian = (-square / 84.0).exp() / (std::f64::consts::TAU * 42.0);
                let found = f64::from(image.values[row * width + column]);
                assert!(
                    (found - gaussian).abs() < 5e-4,
                    "{row}, {column}: {found}, {gaussian}"
                );
            }
        }
    }

    #[test]
    fn a_blur_of_zero_changes_nothing() {
        let (old, labels) = case();
        let mut new = old.clone();
        homogenise(&mut new, &labels, 0.0, 255);
        assert_eq!(new, old);
        assert!(check(0.1, Path::new("set")).is_ok());
        for share in [-0.1, 1.5, f64::NAN] {
            let error = check(share, Path::new("set")).expect_err("senseless");
            assert!(error.expected.contains("data.homogenise"), "{error}");
        }
    }
}
