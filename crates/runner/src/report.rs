//! The report of finished runs: one page for the people who made the data, with what a training reached, on which images it failed
//! and why, and how to repeat it.
//!
//! `run` reads everything that a run has; the other files are the sections of the page, from top to bottom.

mod budget;
mod cases;
mod checklist;
mod comparison;
mod confusion;
mod curves;
mod data_set;
mod envelope;
mod names;
pub(crate) mod options;
mod repeat;
mod run;
mod scores;
mod verdict;

use std::path::PathBuf;

use maud::{Markup, html};

use crate::build::BUILD;
use crate::error::RunnerError;
use crate::page::{Page, contents, notice, section, shown};
use crate::report::budget::Budget;
use crate::report::options::ReportOptions;
use crate::report::run::{ReportedRun, common_truth};
use crate::run_folder::cases::Truth;
use crate::terminal::progress::Progress;

/// Writes the page of these runs. What cannot be shown, such as pictures of data that have moved, is named on the page and in the log.
///
/// # Errors
///
/// A folder is no run, a run is not finished or lacks `cases.csv`, or runs have nothing in common.
pub(crate) fn page(
    runs: &[PathBuf],
    options: ReportOptions<'_>,
    progress: Progress,
) -> Result<String, RunnerError> {
    let runs = ReportedRun::read_all(runs, options.private)?;
    let truth = common_truth(&runs);
    let comparison = comparison::compare_all(&runs, truth)?;
    let title = match &runs[..] {
        [run] => format!("Report of {}", run.name),
        runs => format!("Report of {} runs", runs.len()),
    };
    let mut sections: Vec<(&str, &str, Markup)> = Vec::new();
    if runs.len() > 1 {
        sections.push((
            "comparison",
            "Side by side",
            comparison.section(&runs, truth),
        ));
    }
    sections.push(("curves", "Curves", curves::section(&runs)));
    sections.push(("scores", "Scores by class", scores::section(&runs, truth)));
    sections.push(("confusion", "Confusion matrix", confusion::section(&runs)));
    let mut budget = Budget::new();
    sections.push((
        "cases",
        "Worst, median and best cases",
        cases::section(&runs, truth, options, &mut budget, progress),
    ));
    sections.push((
        "envelope",
        "What the selection did",
        envelope::section(&runs, options, &mut budget),
    ));
    sections.push(("data", "Data", data_set::section(&runs, options)));
    sections.push((
        "repeat",
        "How to repeat it",
        repeat::section(&runs, options),
    ));
    sections.push(("checklist", "For a paper", checklist::section(&runs, truth)));
    let links: Vec<(&str, &str)> = sections.iter().map(|(id, name, _)| (*id, *name)).collect();
    let body = html! {
        (verdict::lead(&runs, truth, &comparison))
        @if options.private {
            (notice(&html! { p { "Private report: names are replaced by numbers, and pictures are left out." } }))
        }
        (contents(&links))
        @for (id, heading, body) in &sections { (section(id, heading, body)) }
        footer { p.quiet { "Made by " (shown(&BUILD.to_string())) ". Research software, not a medical device." } }
    };
    let page = Page {
        title: &title,
        subtitle: &subtitle(&runs, truth),
        ..Page::default()
    };
    Ok(page.render(&body))
}

fn subtitle(runs: &[ReportedRun], truth: Truth) -> String {
    let labels = match truth {
        Truth::Noisy => "the labels of the data set",
        Truth::Clean => "the clean labels",
    };
    let mut networks: Vec<String> = Vec::new();
    for run in runs {
        let network = run.network_name();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    format!("{}; test images against {labels}", networks.join(", "))
}
