//! The confusion matrix in pixels, row by row.

use maud::{Markup, html};
use serde_json::Value;

use crate::page::shown;
use crate::report::run::ReportedRun;

/// Most classes of a matrix that is shown.
const MOST_CLASSES: usize = 40;

/// The matrices of all runs.
pub(super) fn section(runs: &[ReportedRun]) -> Markup {
    html! {
        p.quiet {
            "Rows are true classes, columns predicted ones; each row is in percent of the true class's pixels over all test images. \
             Against the labels of the data set."
        }
        @for run in runs {
            @if runs.len() > 1 { h3 { (shown(&run.name)) } }
            @match rows(&run.summary, run.classes.len()) {
                Some(rows) => (matrix(run, &rows)),
                None => p { "summary.json of this run has no confusion matrix." },
            }
        }
    }
}

/// The counts by true and predicted class; none if the summary has none of this size.
fn rows(summary: &Value, classes: usize) -> Option<Vec<Vec<u64>>> {
    let rows: Vec<Vec<u64>> = serde_json::from_value(summary.get("confusion")?.clone()).ok()?;
    let fits = rows.len() == classes && rows.iter().all(|row| row.len() == classes);
    (fits && (1..=MOST_CLASSES).contains(&classes)).then_some(rows)
}

fn matrix(run: &ReportedRun, rows: &[Vec<u64>]) -> Markup {
    html! {
        div.wide tabindex="0" {
            table.cells {
                thead {
                    tr {
                        th scope="col" { "true class" }
                        @for name in &run.classes { th scope="col" { (shown(name)) } }
                        th scope="col" { "pixels" }
                    }
                }
                tbody {
                    @for (name, row) in run.classes.iter().zip(rows) {
                        @let total: u64 = row.iter().sum();
                        tr {
                            th scope="row" { (shown(name)) }
                            @for count in row { (share_cell(*count, total)) }
                            td { (total) }
                        }
                    }
                }
            }
        }
    }
}

/// A cell that is the darker the larger its share.
fn share_cell(count: u64, total: u64) -> Markup {
    if total == 0 {
        return html! { td { "–" } };
    }
    let share = count as f64 / total as f64;
    // Pale enough for text on it, in either colour scheme.
    let style = format!("background:rgba(0,114,178,{:.2})", 0.45 * share.sqrt());
    html! { td style=(style) title=(format!("{count} pixels")) { (percent(share)) } }
}

/// A share in percent, with more digits where it is small.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        percent if percent == 0.0 || percent >= 99.95 => format!("{percent:.0} %"),
        percent if percent < 0.1 => "< 0.1 %".into(),
        percent => format!("{percent:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_matrix_of_the_right_size_is_shown() {
        let summary: Value =
            serde_json::from_str(r#"{"confusion": [[3, 1], [0, 0]]}"#).expect("JSON");
        assert_eq!(rows(&summary, 2), Some(vec![vec![3, 1], vec![0, 0]]));
        assert_eq!(rows(&summary, 3), None);
        assert_eq!(rows(&Value::Null, 2), None);
        assert!(share_cell(1, 4).into_string().contains("25.0 %"));
        assert!(share_cell(0, 0).into_string().contains('–'));
        assert_eq!(percent(0.0004), "< 0.1 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
