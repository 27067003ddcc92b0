//! The class of a pixel from its colour alone: a network that has learnt anything else must clearly surpass it.
//!
//! A histogram of the training images' colours by class, 16 steps for each of red, green and blue, is the best that any
//! function of a pixel's colour can do at that resolution. Classes are weighted by frequency or all equally, whichever has the
//! higher mean foreground Dice on the validation images.

use data::{CaseImage, Dataset, LabelMap, LabelVolume, PlanarImage, Split};
use metrics::summarise;

use crate::error::RunnerError;
use crate::prediction::scoring::score;

const STEPS: usize = 16;

/// The most probable class of each colour.
pub(crate) struct ColourClassifier {
    class_of_colour: Vec<u8>,
}

impl ColourClassifier {
    /// Counts the colours of the training images' labels.
    pub(crate) fn train(dataset: &Dataset) -> Result<Self, RunnerError> {
        let classes = dataset.class_names.len();
        let mut counts = vec![vec![0.0_f64; STEPS * STEPS * STEPS]; classes];
        for case in dataset.cases(Split::Train) {
            let labels = dataset.load_label_volume(case)?;
            let image = dataset.load_image(case)?;
            for (index, slice) in image.slices().enumerate() {
                for (pixel, class) in labels.slice(index).classes.iter().enumerate() {
                    if let Some(counts) = counts.get_mut(usize::from(*class)) {
                        counts[step(&slice, pixel)] += 1.0;
                    }
                }
            }
        }
        let totals: Vec<f64> = counts
            .iter()
            .map(|counts| counts.iter().sum::<f64>().max(1.0))
            .collect();
        let candidates = [vec![1.0; classes], totals].map(|divisors| Self {
            class_of_colour: (0..STEPS * STEPS * STEPS)
                .map(|colour| {
                    most(
                        counts
                            .iter()
                            .zip(&divisors)
                            .map(|(counts, divisor)| counts[colour] / divisor),
                    )
                })
                .collect(),
        });
        let dice = |candidate: &Self| -> Result<f64, RunnerError> {
            let scores: Result<Vec<_>, RunnerError> = dataset
                .cases(Split::Validation)
                .iter()
                .map(|case| {
                    let image = dataset.load_image(case)?;
                    let predicted = candidate.label_volume(&image);
                    let truth = dataset.load_label_volume(case)?;
                    score(dataset, &truth, &predicted, &image)
                })
                .collect();
            Ok(summarise(&scores?, &dataset.class_names)
                .dice
                .unwrap_or(0.0))
        };
        let [as_often, alike] = candidates;
        Ok(if dice(&alike)? > dice(&as_often)? {
            alike
        } else {
            as_often
        })
    }

    /// Classifies every pixel or voxel by its colour.
    pub(crate) fn label_volume(&self, image: &CaseImage) -> LabelVolume {
        LabelVolume::of_slices(image.slices().map(|slice| {
            LabelMap {
                height: slice.height,
                width: slice.width,
                classes: (0..slice.height * slice.width)
                    .map(|pixel| self.class_of_colour[step(&slice, pixel)])
                    .collect(),
            }
        }))
    }
}

/// The histogram's cell of a pixel.
fn step(image: &PlanarImage, pixel: usize) -> usize {
    let plane = image.height * image.width;
    (0..3).fold(0, |cell, channel| {
        let value = image.values[channel * plane + pixel];
        cell * STEPS + ((value * STEPS as f32) as usize).min(STEPS - 1)
    })
}

/// The index of the largest value; the first if several are equal.
fn most(values: impl Iterator<Item = f64>) -> u8 {
    let mut best = (0, f64::MIN);
    for (class, value) in values.enumerate() {
        if value > best.1 {
            best = (class as u8, value);
        }
    }
    best.0
}
