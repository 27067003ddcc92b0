//! An image's class probabilities together with its label.

use thiserror::Error;

/// Class probabilities and a label that do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found}")]
pub struct Unfit {
    /// What the other sizes require.
    pub expected: String,
    /// What was given.
    pub found: String,
}

/// An image's class probabilities `[class, height, width]`, and the class of each of its pixels.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    probabilities: &'a [f32],
    labels: &'a [u8],
    classes: usize,
    width: usize,
    ignore: u8,
}

impl<'a> Labelled<'a> {
    /// The `probabilities` of an image with rows of `width` pixels, and its `labels`: a class below `classes`, or `ignore`.
    ///
    /// # Errors
    ///
    /// The lengths do not fit each other, there are fewer than two classes, or a label is neither a class nor `ignore`.
    pub fn new(
        probabilities: &'a [f32],
        labels: &'a [u8],
        [classes, width]: [usize; 2],
        ignore: u8,
    ) -> Result<Self, Unfit> {
        let unfit = |expected: &str, found: String| Unfit {
            expected: expected.to_string(),
            found,
        };
        if classes < 2 {
            return Err(unfit("at least two classes", classes.to_string()));
        }
        if width == 0 || !labels.len().is_multiple_of(width) {
            let found = format!("{} labels in rows of {width}", labels.len());
            return Err(unfit("whole rows of labels", found));
        }
        if classes.checked_mul(labels.len()) != Some(probabilities.len()) {
            let found = format!(
                "{} for {} labels and {classes} classes",
                probabilities.len(),
                labels.len()
            );
            return Err(unfit("one probability per class and label", found));
        }
        let is_class = |label: &&u8| **label == ignore || usize::from(**label) < classes;
        if let Some(label) = labels.iter().find(|label| !is_class(label)) {
            let expected = format!("labels below {classes}, or {ignore} for ignored pixels");
            return Err(unfit(&expected, label.to_string()));
        }
        Ok(Self {
            probabilities,
            labels,
            classes,
            width,
            ignore,
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.labels.len() / self.width
    }

    /// Number of pixels, row after row.
    pub fn pixels(&self) -> usize {
        self.labels.len()
    }

    /// The labels as they were given.
    pub fn labels(&self) -> &'a [u8] {
        self.labels
    }

    /// The class of a pixel's label; none if it is ignored.
    pub fn label(&self, pixel: usize) -> Option<usize> {
        let label = self.labels[pixel];
        (label != self.ignore).then_some(usize::from(label))
    }

    /// The probability of a class at a pixel.
    pub fn probability(&self, class: usize, pixel: usize) -> f64 {
        f64::from(self.probabilities[class * self.labels.len() + pixel])
    }

    /// The most probable class of a pixel; of equal ones the first.
    pub fn predicted(&self, pixel: usize) -> usize {
        let mut best = 0;
        for class in 1..self.classes {
            if self.probability(class, pixel) > self.probability(best, pixel) {
                best = class;
            }
        }
        best
    }

    /// The most probable class of every pixel.
    pub fn prediction(&self) -> Vec<u8> {
        (0..self.pixels())
            .map(|pixel| self.predicted(pixel) as u8)
            .collect()
    }

    /// How much a pixel's label is doubted: 1 − p of its class; none if it is ignored.
    pub fn doubt(&self, pixel: usize) -> Option<f64> {
        let label = self.label(pixel)?;
        Some((1.0 - self.probability(label, pixel)).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Probabilities of two classes or more where the class of each pixel in `predicted` has `sure`, and the others share the
    /// rest.
    pub(crate) fn probabilities(predicted: &[u8], classes: usize, sure: f32) -> Vec<f32> {
        let rest = (1.0 - sure) / (classes - 1) as f32;
        (0..classes)
            .flat_map(|class| {
                predicted.iter().map(move |own| {
                    if usize::from(*own) == class {
                        sure
                    } else {
                        rest
                    }
                })
            })
            .collect()
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let found = |probabilities: &[f32], labels: &[u8], sizes| {
            Labelled::new(probabilities, labels, sizes, 255).map(|_| ())
        };
        assert!(found(&[0.5; 4], &[0, 1], [2, 2]).is_ok());
        assert!(found(&[0.5; 4], &[0, 255], [2, 2]).is_ok());
        for (probabilities, labels, sizes, message) in [
            (&[0.5; 3][..], &[0, 1][..], [2, 2], "3 for 2 labels"),
            (&[0.5; 2], &[0, 1], [1, 2], "at least two"),
            (&[0.5; 4], &[0, 1], [2, 0], "rows of 0"),
            (&[0.5; 6], &[0, 1, 1], [2, 2], "whole rows"),
            (&[0.5; 4], &[0, 2], [2, 2], "labels below 2"),
        ] {
            let error = found(probabilities, labels, sizes).expect_err(message);
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn ignored_pixels_have_neither_a_label_nor_doubt() {
        let probabilities = [0.25, 0.25, 0.75, 0.75];
        let image = Labelled::new(&probabilities, &[0, 255], [2, 2], 255).expect("fits");
        assert_eq!(image.doubt(0), Some(0.75));
        assert_eq!([image.label(1), image.label(0)], [None, Some(0)]);
        assert_eq!(image.doubt(1), None);
        assert_eq!(image.prediction(), [1, 1]);
        assert_eq!([image.width(), image.height()], [2, 1]);
    }
}
