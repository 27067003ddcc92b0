//! Curves of what a run's `scores.jsonl` has for each epoch.

use crate::page::chart::{Curve, Dash};
use crate::run_folder::scores::EpochScores;

/// The values of the epochs that have one.
pub(crate) fn score_curve(
    name: &str,
    tone: usize,
    scores: &[EpochScores],
    value: impl Fn(&EpochScores) -> Option<f64>,
) -> Curve {
    let points = scores
        .iter()
        .filter_map(|line| Some([line.epoch as f64, value(line)?]));
    Curve {
        name: name.to_string(),
        points: points.collect(),
        tone,
        dash: Dash::Solid,
    }
}
