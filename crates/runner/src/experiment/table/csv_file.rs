//! The table for programs: one line for a metric of a network and a row.

use serde::Serialize;

use crate::error::RunnerError;
use crate::experiment::results::Results;

#[derive(Serialize)]
struct Line<'a> {
    network: &'a str,
    row: &'a str,
    metric: &'a str,
    truth: &'a str,
    planned: usize,
    finished: usize,
    failed: usize,
    diverged: usize,
    patients: Option<usize>,
    mean: Option<f64>,
    sd: Option<f64>,
    ci95_low: Option<f64>,
    ci95_high: Option<f64>,
    baseline: Option<&'a str>,
    difference: Option<f64>,
    difference_low: Option<f64>,
    difference_high: Option<f64>,
    p: Option<f64>,
    p_holm: Option<f64>,
    seeds_won: Option<usize>,
    seeds_compared: Option<usize>,
}

pub(super) fn text(results: &Results) -> Result<String, RunnerError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for cell in &results.cells {
        for (column, metric) in results.grid.metrics.iter().enumerate() {
            let score = cell.scores[column].as_ref();
            let difference = cell.differences[column].as_ref();
            let ci95 = score.and_then(|score| score.ci95);
            let of_difference = difference.and_then(|difference| difference.ci95);
            let wins = difference.and_then(|difference| difference.wins);
            let line = Line {
                network: &cell.network,
                row: &cell.row,
                metric: metric.as_str(),
                truth: results.truth.as_str(),
                planned: cell.planned,
                finished: cell.runs.len(),
                failed: cell.failed,
                diverged: cell.diverged,
                patients: score.map(|score| score.patients),
                mean: score.map(|score| score.mean),
                sd: score.and_then(|score| score.sd),
                ci95_low: ci95.map(|[low, _]| low),
                ci95_high: ci95.map(|[_, high]| high),
                baseline: results.baseline_of(cell).map(|baseline| &*baseline.row),
                difference: difference.map(|difference| difference.difference),
                difference_low: of_difference.map(|[low, _]| low),
                difference_high: of_difference.map(|[_, high]| high),
                p: difference.and_then(|difference| Some(difference.wilcoxon?.p)),
                p_holm: difference.and_then(|difference| difference.p_holm),
                seeds_won: wins.map(|wins| wins.won),
                seeds_compared: wins.map(|wins| wins.of),
            };
            writer.serialize(line).map_err(RunnerError::bug)?;
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| RunnerError::bug(error.to_string()))?;
    String::from_utf8(bytes).map_err(RunnerError::bug)
}
