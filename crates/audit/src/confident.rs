//! Confident learning: pixels that belong to another class than their label by the classes' own thresholds.
//!
//! Northcutt, Jiang and Chuang, JAIR 70, 2021, Section 3.1. Two passes over the images: [`ThresholdSums`] first, then
//! [`Thresholds`]. It treats pixels as independent, which neighbours are not, so its counts overstate what is known; the order
//! of images is what it is used for.

use crate::labelled::Labelled;

/// The first pass: sums of the probabilities of the labels, by class.
#[derive(Clone, Debug)]
pub struct ThresholdSums {
    sums: Vec<f64>,
    counts: Vec<u64>,
}

impl ThresholdSums {
    /// No pixels yet.
    pub fn new(classes: usize) -> Self {
        Self {
            sums: vec![0.0; classes],
            counts: vec![0; classes],
        }
    }

    /// Adds the pixels of an image that are not ignored.
    ///
    /// # Panics
    ///
    /// If the image has more classes.
    pub fn add(&mut self, image: &Labelled<'_>) {
        for pixel in 0..image.pixels() {
            if let Some(label) = image.label(pixel) {
                self.sums[label] += image.probability(label, pixel);
                self.counts[label] += 1;
            }
        }
    }

    /// The threshold of each class (equation 2): `t_j` is the mean of p(j) over the pixels labelled j.
    pub fn thresholds(&self) -> Thresholds {
        let mean = |(sum, count): (&f64, &u64)| (*count > 0).then(|| sum / *count as f64);
        Thresholds(self.sums.iter().zip(&self.counts).map(mean).collect())
    }
}

/// The second pass: the threshold of each class; none for a class that no label has.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds(Vec<Option<f64>>);

impl Thresholds {
    /// The classes' thresholds.
    pub fn values(&self) -> &[Option<f64>] {
        &self.0
    }

    /// The class that a pixel confidently belongs to (equation 1): of the classes whose probability reaches their threshold,
    /// the most probable; of equal ones the first.
    pub fn confident_class(&self, image: &Labelled<'_>, pixel: usize) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for (class, threshold) in self.0.iter().enumerate() {
            let probability = image.probability(class, pixel);
            let reaches = threshold.is_some_and(|threshold| probability >= threshold);
            if reaches && best.is_none_or(|(_, most)| probability > most) {
                best = Some((class, probability));
            }
        }
        best.map(|(class, _)| class)
    }

    /// How much an image's label is doubted: the fraction of its pixels, without ignored ones, that confidently belong to
    /// another class than their label. None if every pixel is ignored.
    pub fn doubt(&self, image: &Labelled<'_>) -> Option<f64> {
        let mut joint = ConfidentJoint::new(image.classes());
        joint.add(image, self);
        let pixels = (0..image.pixels())
            .filter(|pixel| image.label(*pixel).is_some())
            .count();
        (pixels > 0).then(|| joint.off_diagonal() as f64 / pixels as f64)
    }
}

/// The confident joint: numbers of pixels by label (rows) and confident class (columns).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfidentJoint {
    classes: usize,
    counts: Vec<u64>,
}

impl ConfidentJoint {
    /// No pixels yet.
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            counts: vec![0; classes * classes],
        }
    }

    /// Adds the pixels of an image that confidently belong to a class.
    ///
    /// # Panics
    ///
    /// If the image has another number of classes.
    pub fn add(&mut self, image: &Labelled<'_>, thresholds: &Thresholds) {
        assert_eq!(image.classes(), self.classes, "one number of classes");
        for pixel in 0..image.pixels() {
            let Some(label) = image.label(pixel) else {
                continue;
            };
            if let Some(class) = thresholds.confident_class(image, pixel) {
                self.counts[label * self.classes + class] += 1;
            }
        }
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks(self.classes)
    }

    /// Pixels that confidently belong to another class than their label.
    pub fn off_diagonal(&self) -> u64 {
        let off = |(index, _): &(usize, &u64)| index / self.classes != index % self.classes;
        let counts = self.counts.iter().enumerate().filter(off);
        counts.map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four pixels of three classes; class 2 is never a label.
    const PROBABILITIES: [f32; 12] = [
        0.875, 0.625, 0.25, 0.5, // background
        0.125, 0.25, 0.5, 0.25, // class 1
        0.0, 0.125, 0.25, 0.25, // class 2
    ];

    #[test]
    fn thresholds_are_the_mean_probability_of_a_classs_own_label() {
        let labels = [0, 0, 1, 1];
        let image = Labelled::new(&PROBABILITIES, &labels, [3, 4], 255).expect("fits");
        let mut sums = ThresholdSums::new(3);
        sums.add(&image);
        let thresholds = sums.thresholds();
        // (0.875 + 0.625) / 2 and (0.5 + 0.25) / 2.
        assert_eq!(thresholds.values(), [Some(0.75), Some(0.375), None]);
        let confident: Vec<Option<usize>> = (0..4)
            .map(|pixel| thresholds.confident_class(&image, pixel))
            .collect();
        assert_eq!(confident, [Some(0), None, Some(1), None]);
        assert_eq!(thresholds.doubt(&image), Some(0.0));
    }

    #[test]
    fn a_swapped_label_is_off_the_diagonal() {
        let labels = [0, 0, 1, 255];
        let mut sums = ThresholdSums::new(3);
        sums.add(&Labelled::new(&PROBABILITIES, &labels, [3, 4], 255).expect("fits"));
        let thresholds = sums.thresholds();
        assert_eq!(thresholds.values(), [Some(0.75), Some(0.5), None]);
        // The first pixel is labelled 1, and confidently background.
        let swapped = [1, 0, 1, 255];
        let image = Labelled::new(&PROBABILITIES, &swapped, [3, 4], 255).expect("fits");
        assert_eq!(thresholds.doubt(&image), Some(1.0 / 3.0));
        let mut joint = ConfidentJoint::new(3);
        joint.add(&image, &thresholds);
        let rows: Vec<&[u64]> = joint.rows().collect();
        assert_eq!(rows, [[0, 0, 0], [1, 1, 0], [0, 0, 0]]);
    }
}
