//! The data: how many images of how many patients, and how much of each class.

use data::Split;
use maud::{Markup, html};

use crate::page::chart::{Bar, bars};
use crate::page::{cell, facts, shown, table};
use crate::report::confusion::percent;
use crate::report::options::ReportOptions;
use crate::report::run::ReportedRun;

/// The data of all runs; once if they are the same.
pub(super) fn section(runs: &[ReportedRun], options: ReportOptions<'_>) -> Markup {
    let same = |one: &ReportedRun, other: &ReportedRun| {
        let sum = one.noted("/data_sha256");
        sum.is_some()
            && sum == other.noted("/data_sha256")
            && Split::ALL.map(|split| one.counts(split))
                == Split::ALL.map(|split| other.counts(split))
    };
    let mut different: Vec<&ReportedRun> = Vec::new();
    for run in runs {
        if !different.iter().any(|known| same(known, run)) {
            different.push(run);
        }
    }
    html! {
        @if runs.len() > 1 && different.len() == 1 { p { "All runs have the same data." } }
        @for run in &different {
            @if different.len() > 1 { h3 { "Data of " (shown(&run.name)) } }
            (of_run(run, options))
        }
    }
}

fn of_run(run: &ReportedRun, options: ReportOptions<'_>) -> Markup {
    let rows: Vec<Vec<Markup>> = Split::ALL
        .into_iter()
        .map(|split| {
            let [images, patients] = run.counts(split);
            vec![
                cell(&split.to_string()),
                cell(&images.to_string()),
                cell(&patients.to_string()),
            ]
        })
        .collect();
    let mut about = Vec::new();
    let whole = run.recipe.whole_size();
    about.push(("layout", run.recipe.data.options.kind.to_string()));
    about.push((
        "size in training",
        format!("{} × {} pixels", whole[0], whole[1]),
    ));
    if !options.private
        && let Some(folder) = run.noted("/data")
    {
        about.push(("folder", folder));
    }
    about.push((
        "checksum",
        run.noted("/data_sha256")
            .unwrap_or_else(|| "not noted".into()),
    ));
    html! {
        (table(&["split", "images", "patients"], &rows, false))
        p.quiet { "An image without a named patient counts as a patient of its own. Volumes count once, whatever their slices." }
        (facts(&about))
        (class_shares(run))
        p { code { "selvedge data check" } " reports problems of the files and the labels; this page does not." }
    }
}

/// How much of the training images each class takes.
fn class_shares(run: &ReportedRun) -> Markup {
    let Some(history) = &run.history else {
        return html! {};
    };
    if history.classes != run.classes.len() || history.names.is_empty() {
        return html! {};
    }
    let drawn: Vec<Bar> = run
        .classes
        .iter()
        .enumerate()
        .map(|(class, name)| {
            let (area, images) = history.class_area(class);
            Bar {
                name: name.clone(),
                value: area.sqrt(),
                text: format!("{} in {images}", percent(area)),
                tone: if class == 0 { 7 } else { class - 1 },
            }
        })
        .collect();
    html! {
        figure {
            (bars("Area of each class in the training images", &drawn))
            figcaption {
                (format!(
                    "Mean area of each class, and in how many of the {} training images (slices, of volumes) it occurs, as augmented \
                     in their first epoch. The length of a bar grows with the square root.",
                    history.names.len()
                ))
            }
        }
    }
}
