//! The values of one metric by patient and class.

use std::collections::BTreeMap;

use data::Split;
use metrics::Metric;
use serde::Serialize;

use crate::run_folder::cases::{CaseLine, Truth};

/// Which values of a table of cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Measure {
    /// Of which images.
    pub(crate) split: Split,
    /// Against which labels.
    pub(crate) truth: Truth,
    /// The metric.
    pub(crate) metric: Metric,
    /// Of one class; none for the mean over all foreground classes, and for the accuracy.
    pub(crate) class: Option<String>,
}

impl Measure {
    /// Whether a line has one of its values, counted or not.
    pub(crate) fn includes(&self, line: &CaseLine) -> bool {
        let of_class = self.class.as_ref().is_none_or(|class| *class == line.class);
        line.split == self.split
            && line.truth == self.truth
            && line.metric == self.metric
            && of_class
    }
}

/// Sum and number of the values of one class of one patient.
#[derive(Clone, Copy, Debug, Default)]
struct ClassSum {
    sum: f64,
    count: usize,
}

/// Values of one measure; patients without a counted value are not among them.
#[derive(Clone, Debug)]
pub(crate) struct PatientScores {
    /// In alphabetical order.
    patients: Vec<String>,
    /// By patient and class.
    sums: Vec<Vec<ClassSum>>,
    /// Means of single images over their counted classes.
    images: Vec<f64>,
    classes: usize,
}

impl PatientScores {
    /// Collects the values of `measure`.
    pub(crate) fn of(lines: &[CaseLine], measure: &Measure) -> Self {
        let mut classes: Vec<&str> = Vec::new();
        let mut patients: BTreeMap<&str, BTreeMap<usize, ClassSum>> = BTreeMap::new();
        let mut images: BTreeMap<(&str, &str), ClassSum> = BTreeMap::new();
        for line in lines.iter().filter(|line| measure.includes(line)) {
            let Some(value) = line.value else {
                continue;
            };
            let known = classes.iter().position(|class| *class == line.class);
            let class = known.unwrap_or_else(|| {
                classes.push(&line.class);
                classes.len() - 1
            });
            let of_patient = patients.entry(&line.patient).or_default();
            for sum in [
                of_patient.entry(class).or_default(),
                images.entry((&line.patient, &line.image)).or_default(),
            ] {
                sum.sum += value;
                sum.count += 1;
            }
        }
        let by_class = |of_patient: &BTreeMap<usize, ClassSum>| {
            let sum = |class| of_patient.get(&class).copied().unwrap_or_default();
            (0..classes.len()).map(sum).collect()
        };
        Self {
            sums: patients.values().map(by_class).collect(),
            patients: patients.into_keys().map(String::from).collect(),
            images: images
                .into_values()
                .map(|image| image.sum / image.count as f64)
                .collect(),
            classes: classes.len(),
        }
    }

    /// Number of patients.
    pub(crate) fn len(&self) -> usize {
        self.patients.len()
    }

    /// Means of single images over their counted classes.
    pub(crate) fn images(&self) -> &[f64] {
        &self.images
    }

    /// Mean over classes of the means over all images of these patients, who may occur more than once: what `summary.json` has.
    pub(crate) fn mean_over_classes(&self, drawn: &[usize]) -> Option<f64> {
        let mut totals = vec![ClassSum::default(); self.classes];
        for &patient in drawn {
            for (total, added) in totals.iter_mut().zip(&self.sums[patient]) {
                total.sum += added.sum;
                total.count += added.count;
            }
        }
        mean_of_classes(&totals)
    }

    /// One value for each patient: the mean over classes of the means over the patient's images.
    pub(crate) fn by_patient(&self) -> impl Iterator<Item = (&str, f64)> {
        let patients = self.patients.iter().zip(&self.sums);
        patients.filter_map(|(name, sums)| Some((name.as_str(), mean_of_classes(sums)?)))
    }
}

fn mean_of_classes(sums: &[ClassSum]) -> Option<f64> {
    let means: Vec<f64> = sums
        .iter()
        .filter(|class| class.count > 0)
        .map(|class| class.sum / class.count as f64)
        .collect();
    metrics::statistics::mean(&means)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::run_folder::cases::EmptyMasks;

    pub(crate) const DICE: Metric = Metric::Dice;

    pub(crate) fn measure(class: Option<&str>) -> Measure {
        Measure {
            split: Split::Test,
            truth: Truth::Noisy,
            metric: DICE,
            class: class.map(String::from),
        }
    }

    pub(crate) fn line(patient: &str, image: &str, class: &str, value: Option<f64>) -> CaseLine {
        CaseLine {
            split: Split::Test,
            truth: Truth::Noisy,
            patient: patient.to_string(),
            image: image.to_string(),
            class: class.to_string(),
            metric: DICE,
            value,
            rule: EmptyMasks::Neither,
        }
    }

    #[test]
    fn a_patient_is_the_mean_of_classes_and_a_class_the_mean_of_images() {
        let lines = [
            line("b", "1", "liver", Some(0.5)),
            line("b", "1", "vein", Some(0.1)),
            line("b", "2", "liver", Some(1.0)),
            line("b", "2", "vein", None),
            line("a", "3", "liver", Some(0.25)),
            line("c", "4", "liver", None),
        ];
        let scores = PatientScores::of(&lines, &measure(None));
        let values: Vec<(&str, f64)> = scores.by_patient().collect();
        assert_eq!(values, [("a", 0.25), ("b", f64::midpoint(0.75, 0.1))]);
        assert_eq!(scores.images(), [0.25, f64::midpoint(0.5, 0.1), 1.0]);
        // Liver (0.5 + 1 + 0.25) / 3, vein 0.1.
        let all = scores.mean_over_classes(&[0, 1]).expect("values");
        assert!(
            (all - f64::midpoint(1.75 / 3.0, 0.1)).abs() < 1e-12,
            "{all}"
        );
        // A patient drawn twice counts twice.
        let twice = scores.mean_over_classes(&[0, 0]).expect("values");
        assert!((twice - 0.25).abs() < 1e-12, "{twice}");

        let vein = PatientScores::of(&lines, &measure(Some("vein")));
        assert_eq!(vein.by_patient().collect::<Vec<_>>(), [("b", 0.1)]);
    }

    #[test]
    fn other_splits_truths_and_metrics_are_not_counted() {
        let mut others = vec![line("a", "1", "liver", Some(0.5)); 3];
        others[0].split = Split::Validation;
        others[1].truth = Truth::Clean;
        others[2].metric = Metric::Iou;
        assert_eq!(PatientScores::of(&others, &measure(None)).len(), 0);
    }
}
