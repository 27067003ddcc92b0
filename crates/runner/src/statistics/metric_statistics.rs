//! Spread and interval of every metric of one evaluation, for `summary.json`.

use metrics::Metric;
use metrics::statistics::{Description, Resampling, describe};
use rayon::prelude::*;
use serde::Serialize;

use crate::run_folder::cases::{CaseLine, Truth};
use crate::statistics::patient_scores::{Measure, PatientScores};

/// One metric of one class over the images of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricStatistics {
    /// Against which labels.
    pub truth: Truth,
    /// The class; none for the mean over foreground classes, and for the accuracy.
    pub class: Option<String>,
    /// The metric.
    pub metric: Metric,
    /// Images counted.
    pub n: usize,
    /// Their patients.
    pub patients: usize,
    /// Mean over images, then over classes: the same number as elsewhere in the summary.
    pub mean: f64,
    /// Standard deviation over images, each of which counts as the mean of its classes; none for one image.
    pub sd: Option<f64>,
    /// Median over images.
    pub median: f64,
    /// First quartile.
    pub q1: f64,
    /// Third quartile.
    pub q3: f64,
    /// 95 % interval of `mean`, by the bootstrap over patients; none for one patient.
    pub ci95: Option<[f64; 2]>,
}

/// Describes every metric of every class, and the means over foreground classes. Metrics without a counted value are omitted.
pub(crate) fn describe_cases(lines: &[CaseLine]) -> Vec<MetricStatistics> {
    let Some(first) = lines.first() else {
        return Vec::new();
    };
    let mut classes: Vec<Option<String>> = vec![None];
    let mut truths: Vec<Truth> = Vec::new();
    for line in lines {
        let class = Some(line.class.clone()).filter(|class| !class.is_empty());
        if !classes.contains(&class) {
            classes.push(class);
        }
        if !truths.contains(&line.truth) {
            truths.push(line.truth);
        }
    }
    let mut measures = Vec::new();
    for &truth in &truths {
        for class in &classes {
            measures.extend(Metric::ALL.map(|metric| Measure {
                split: first.split,
                truth,
                metric,
                class: class.clone(),
            }));
        }
    }
    measures
        .into_par_iter()
        .filter_map(|measure| describe_measure(lines, measure))
        .collect()
}

fn describe_measure(lines: &[CaseLine], measure: Measure) -> Option<MetricStatistics> {
    let scores = PatientScores::of(lines, &measure);
    let Description {
        n,
        sd,
        median,
        q1,
        q3,
        ..
    } = describe(scores.images())?;
    let everyone: Vec<usize> = (0..scores.len()).collect();
    Some(MetricStatistics {
        truth: measure.truth,
        class: measure.class,
        metric: measure.metric,
        n,
        patients: scores.len(),
        mean: scores.mean_over_classes(&everyone)?,
        sd,
        median,
        q1,
        q3,
        ci95: Resampling::default().interval(scores.len(), |drawn| scores.mean_over_classes(drawn)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::patient_scores::tests::{DICE, line};

    #[test]
    fn every_class_and_their_mean_are_described() {
        let lines = [
            line("a", "1", "liver", Some(0.5)),
            line("a", "1", "vein", None),
            line("b", "2", "liver", Some(0.9)),
            line("b", "2", "vein", Some(0.3)),
            line("c", "3", "liver", Some(0.7)),
            line("c", "3", "vein", Some(0.1)),
        ];
        let all = describe_cases(&lines);
        let classes: Vec<Option<&str>> = all.iter().map(|one| one.class.as_deref()).collect();
        assert_eq!(classes, [None, Some("liver"), Some("vein")]);
        let [both, liver, vein] = &all[..] else {
            panic!("three")
        };
        assert_eq!((both.n, both.patients, both.metric), (3, 3, DICE));
        assert!((both.mean - f64::midpoint(0.7, 0.2)).abs() < 1e-12);
        assert!((both.median - 0.5).abs() < 1e-12, "0.5, 0.6, 0.4");
        assert_eq!((liver.n, vein.n, vein.patients), (3, 2, 2));
        let [low, high] = liver.ci95.expect("three patients");
        assert!((0.5..0.7).contains(&low) && (0.7..=0.9).contains(&high));
    }

    #[test]
    fn one_patient_has_no_interval_and_no_case_no_statistics() {
        let lines = [
            line("a", "1", "liver", Some(0.5)),
            line("a", "2", "liver", Some(0.7)),
        ];
        let one = &describe_cases(&lines)[0];
        assert_eq!((one.n, one.patients, one.ci95), (2, 1, None));
        assert!(one.sd.is_some());
        assert!(describe_cases(&[]).is_empty());
        assert!(describe_cases(&[line("a", "1", "liver", None)]).is_empty());
    }
}
