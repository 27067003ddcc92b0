//! A label map and the checks every pair of them must pass.

use crate::error::{MetricError, Side};

/// A borrowed label map: one class number per pixel (or voxel), slices after one another, rows within slices.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// `[depth, height, width]`; depth is 1 for images.
    pub shape: [usize; 3],
    /// `depth · height · width` class numbers.
    pub classes: &'a [u8],
}

impl Labels<'_> {
    /// Checks that there is one label for each pixel of the shape.
    fn check_length(&self, side: Side) -> Result<(), MetricError> {
        // No slice is as long as a shape whose product overflows.
        let expected = self
            .shape
            .iter()
            .try_fold(1_usize, |product, &length| product.checked_mul(length));
        if expected == Some(self.classes.len()) {
            return Ok(());
        }
        Err(MetricError::WrongLength {
            side,
            shape: self.shape,
            expected: expected.unwrap_or(usize::MAX),
            found: self.classes.len(),
        })
    }
}

/// Checks a pair: one shape, at least one pixel, every counted label below `classes`.
pub(crate) fn check_pair(
    truth: &Labels<'_>,
    prediction: &Labels<'_>,
    classes: usize,
    ignore: Option<u8>,
) -> Result<(), MetricError> {
    if truth.shape != prediction.shape {
        return Err(MetricError::ShapesDiffer {
            truth: truth.shape,
            prediction: prediction.shape,
        });
    }
    if truth.shape.contains(&0) {
        return Err(MetricError::Empty { shape: truth.shape });
    }
    truth.check_length(Side::Truth)?;
    prediction.check_length(Side::Prediction)?;
    for (index, (&true_class, &predicted_class)) in
        truth.classes.iter().zip(prediction.classes).enumerate()
    {
        if ignore == Some(true_class) {
            continue;
        }
        for (side, label) in [
            (Side::Truth, true_class),
            (Side::Prediction, predicted_class),
        ] {
            if usize::from(label) >= classes {
                let [_, height, width] = truth.shape;
                return Err(MetricError::ClassOutOfRange {
                    side,
                    label,
                    classes,
                    z: index / (height * width),
                    y: index / width % height,
                    x: index % width,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(shape: [usize; 3], classes: &[u8]) -> Labels<'_> {
        Labels { shape, classes }
    }

    #[test]
    fn different_shapes_are_refused_even_with_equal_numbers_of_pixels() {
        let error = check_pair(
            &labels([1, 2, 3], &[0; 6]),
            &labels([1, 3, 2], &[0; 6]),
            2,
            None,
        );
        assert_eq!(
            error,
            Err(MetricError::ShapesDiffer {
                truth: [1, 2, 3],
                prediction: [1, 3, 2]
            })
        );
    }

    #[test]
    fn an_image_without_pixels_is_refused() {
        let error = check_pair(&labels([1, 0, 3], &[]), &labels([1, 0, 3], &[]), 2, None);
        assert_eq!(error, Err(MetricError::Empty { shape: [1, 0, 3] }));
    }

    #[test]
    fn data_that_do_not_fill_the_shape_are_refused() {
        let error = check_pair(
            &labels([1, 2, 3], &[0; 6]),
            &labels([1, 2, 3], &[0; 5]),
            2,
            None,
        );
        let shape = [1, 2, 3];
        assert_eq!(
            error,
            Err(MetricError::WrongLength {
                side: Side::Prediction,
                shape,
                expected: 6,
                found: 5
            })
        );
        let shape = [usize::MAX, 2, 3];
        let error = check_pair(&labels(shape, &[0; 6]), &labels(shape, &[0; 6]), 2, None);
        assert_eq!(
            error,
            Err(MetricError::WrongLength {
                side: Side::Truth,
                shape,
                expected: usize::MAX,
                found: 6
            })
        );
    }

    #[test]
    fn a_class_out_of_range_is_refused_with_its_place() {
        let truth = [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0];
        let error = check_pair(
            &labels([2, 2, 3], &truth),
            &labels([2, 2, 3], &[0; 12]),
            2,
            Some(255),
        );
        let error = error.expect_err("class 2 of 2");
        assert_eq!(
            error,
            MetricError::ClassOutOfRange {
                side: Side::Truth,
                label: 2,
                classes: 2,
                z: 1,
                y: 1,
                x: 1
            }
        );
        let message = error.to_string();
        assert!(
            message.contains("truth labels below 2, found 2 at z 1, y 1, x 1"),
            "{message}"
        );
    }

    #[test]
    fn the_ignore_value_is_a_class_out_of_range_in_a_prediction() {
        let error = check_pair(
            &labels([1, 1, 2], &[0, 1]),
            &labels([1, 1, 2], &[0, 255]),
            2,
            Some(255),
        );
        assert_eq!(
            error,
            Err(MetricError::ClassOutOfRange {
                side: Side::Prediction,
                label: 255,
                classes: 2,
                z: 0,
                y: 0,
                x: 1
            })
        );
    }

    #[test]
    fn a_prediction_may_have_any_value_where_the_truth_is_ignored() {
        assert_eq!(
            check_pair(
                &labels([1, 1, 2], &[0, 255]),
                &labels([1, 1, 2], &[1, 77]),
                2,
                Some(255)
            ),
            Ok(())
        );
    }
}
