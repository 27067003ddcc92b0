//! The metrics of a case, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::case::{CaseScore, ClassScore};

/// A metric, as tables and options spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Fraction of the pixels with the right class; the only one that is not of a class.
    Accuracy,
    /// Dice coefficient.
    Dice,
    /// Intersection over union.
    Iou,
    /// Hausdorff distance.
    Hd,
    /// 95th percentile of the Hausdorff distance.
    Hd95,
    /// Normalised surface Dice.
    Nsd,
    /// Fraction of the class's pixels that were found.
    Sensitivity,
    /// Fraction of the pixels predicted as the class that are of the class.
    Precision,
}

impl Metric {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::Dice,
        Self::Iou,
        Self::Hd,
        Self::Hd95,
        Self::Nsd,
        Self::Sensitivity,
        Self::Precision,
    ];

    /// Those of a class: all but the accuracy.
    pub fn of_classes() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|metric| *metric != Self::Accuracy)
    }

    /// Its name in tables, in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Dice => "dice",
            Self::Iou => "iou",
            Self::Hd => "hd",
            Self::Hd95 => "hd95",
            Self::Nsd => "nsd",
            Self::Sensitivity => "sensitivity",
            Self::Precision => "precision",
        }
    }

    /// Whether a smaller value is better: true of distances.
    pub fn smaller_is_better(self) -> bool {
        matches!(self, Self::Hd | Self::Hd95)
    }

    /// Its value for one class of a case; none if it is not counted, or if it is not a metric of classes.
    pub fn of_class(self, score: &ClassScore) -> Option<f64> {
        match self {
            Self::Accuracy => None,
            Self::Dice => score.dice,
            Self::Iou => score.iou,
            Self::Hd => score.hd,
            Self::Hd95 => score.hd95,
            Self::Nsd => score.nsd,
            Self::Sensitivity => score.sensitivity,
            Self::Precision => score.precision,
        }
    }

    /// Its value for a whole case; none unless it is the accuracy.
    pub fn of_case(self, score: &CaseScore) -> Option<f64> {
        match self {
            Self::Accuracy => score.accuracy,
            _ => None,
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A name that is no metric's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMetric {
    /// What was found.
    pub found: String,
}

impl fmt::Display for UnknownMetric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Metric::ALL.map(Metric::as_str).join(", ");
        write!(formatter, "expected one of {names}, found '{}'", self.found)
    }
}

impl std::error::Error for UnknownMetric {}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.as_str() == text)
            .ok_or_else(|| UnknownMetric {
                found: text.to_string(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_read_back_by_its_name_and_others_are_refused() {
        for metric in Metric::ALL {
            assert_eq!(metric.as_str().parse(), Ok(metric));
            let json = serde_json::to_value(metric).expect("a name");
            assert_eq!(json, metric.as_str());
        }
        let error = "Dice".parse::<Metric>().expect_err("capital letters");
        assert!(error.to_string().contains("dice, iou"), "{error}");
    }
}
