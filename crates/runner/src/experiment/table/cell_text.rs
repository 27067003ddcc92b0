//! The words and numbers in the cells of a table.

use metrics::Metric;

use crate::experiment::results::{Cell, Results};
use crate::statistics::comparison::{Difference, GroupScore, Verdict};

/// Digits of a metric after the point.
fn digits(metric: Metric) -> usize {
    if metric.smaller_is_better() { 1 } else { 3 }
}

/// Name of a metric as a column, with its unit if the reader needs one.
pub(super) fn heading(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "accuracy",
        Metric::Dice => "Dice",
        Metric::Iou => "mIoU",
        Metric::Hd => "HD",
        Metric::Hd95 => "HD95",
        Metric::Nsd => "NSD",
        Metric::Sensitivity => "sensitivity",
        Metric::Precision => "precision",
    }
}

/// Mean ± deviation over seeds, and the interval over patients.
pub(super) fn score(metric: Metric, score: &GroupScore) -> [Option<String>; 3] {
    let digits = digits(metric);
    let number = |value: f64| format!("{value:.digits$}");
    [
        Some(number(score.mean)),
        score.sd.map(number),
        score
            .ci95
            .map(|[low, high]| format!("[{}, {}]", number(low), number(high))),
    ]
}

/// Whether the interval of the difference to the baseline excludes 0, on the better side.
pub(super) fn is_better(cell: &Cell, column: usize) -> bool {
    let difference = cell.differences.get(column).and_then(Option::as_ref);
    difference.is_some_and(|difference| difference.verdict == Verdict::Better)
}

/// Titles of a cell's network and row.
pub(super) fn titles<'a>(results: &'a Results, cell: &'a Cell) -> [&'a str; 2] {
    let grid = &results.grid;
    let network = grid
        .networks
        .iter()
        .find(|entry| entry.name == cell.network);
    let row = grid.rows.iter().find(|entry| entry.name == cell.row);
    [
        network.map_or(&*cell.network, |entry| &*entry.title),
        row.map_or(&*cell.row, |entry| &*entry.title),
    ]
}

/// How many runs there are, and what became of the others.
pub(super) fn runs(cell: &Cell) -> String {
    let mut text = if cell.runs.len() == cell.planned {
        cell.planned.to_string()
    } else {
        format!("{} of {}", cell.runs.len(), cell.planned)
    };
    for (count, what) in [(cell.failed, "failed"), (cell.diverged, "diverged")] {
        if count > 0 {
            text += &format!(", {count} {what}");
        }
    }
    text
}

/// A difference with its sign.
pub(super) fn signed(metric: Metric, value: f64) -> String {
    let digits = digits(metric);
    format!("{value:+.digits$}")
}

/// Follows the seeds of a difference that a few of them make.
pub(super) const FEW_SEEDS: &str = "†";

/// What [`FEW_SEEDS`] means.
pub(super) const FEW_SEEDS_NOTE: &str = "the interval excludes 0, but at least half of the seeds do not agree: a few runs make the difference, such as one \
     that did not converge";

/// Whether any difference to a baseline is one of few seeds.
pub(super) fn any_of_few_seeds(results: &Results) -> bool {
    let differences = results.cells.iter().flat_map(|cell| &cell.differences);
    differences.flatten().any(Difference::is_of_few_seeds)
}

/// A p-value.
pub(super) fn probability(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".into()
    } else {
        format!("{p:.3}")
    }
}
