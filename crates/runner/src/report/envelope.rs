//! What the selection did: which pixels were kept, and which images it leant on.

mod dropped;
mod images;

use maud::{Markup, html};

use crate::page::chart::{Curve, Dash, LineChart};
use crate::page::score_curve::score_curve;
use crate::page::{notice, shown};
use crate::report::budget::Budget;
use crate::report::curves::dash;
use crate::report::envelope::dropped::maps;
use crate::report::envelope::images::extremes;
use crate::report::options::ReportOptions;
use crate::report::run::{ReportedRun, spelt};
use crate::run_folder::scores::EpochScores;

/// The selection of all runs.
pub(super) fn section(
    runs: &[ReportedRun],
    options: ReportOptions<'_>,
    budget: &mut Budget,
) -> Markup {
    html! {
        @for run in runs {
            @if runs.len() > 1 { h3 { (shown(&run.name)) } }
            @if run.selects() { (kept(run)) } @else {
                p {
                    "The loss of this training, " (shown(&run.loss_name()))
                    ", uses every labelled pixel and every image alike. The images below are those that it found hardest and easiest."
                }
            }
            @if run.selects() && !options.private { (maps(run, budget)) }
            (extremes(run, options, budget))
        }
    }
}

/// Fractions of pixels and images that were kept, over the epochs.
fn kept(run: &ReportedRun) -> Markup {
    let loss = &run.recipe.loss;
    let classes = run.classes.iter().enumerate();
    let mut curves: Vec<Curve> = classes
        .map(|(class, name)| Curve {
            dash: dash(class),
            ..score_curve(name, class, &run.scores, |line| {
                line.kept_per_class.get(class).copied().flatten()
            })
        })
        .filter(|curve| !curve.points.is_empty())
        .collect();
    let all = score_curve("all pixels", 7, &run.scores, |line| Some(line.kept_pixels));
    curves.push(Curve {
        dash: Dash::Dashed,
        ..all
    });
    let pixels = LineChart {
        title: "Fraction of the training pixels that were kept, by class",
        across: "epoch",
        range: None,
        curves: &curves,
        mark: None,
    };
    let weights = [score_curve(
        "mean weight of an image",
        0,
        &run.scores,
        |line| Some(line.kept_images),
    )];
    let weights = LineChart {
        title: "Mean weight of a training image",
        across: "epoch",
        range: Some([0.0, 1.0]),
        curves: &weights,
        mark: None,
    };
    let dropped = run
        .scores
        .last()
        .map(|line| line.mostly_dropped(&run.classes));
    html! {
        p {
            "Images by the rule " code { (shown(&spelt(&loss.images))) } ", pixels by the rule " code { (shown(&spelt(&loss.pixels))) }
            (last_shares(run.scores.last(), &run.classes))
        }
        @if let Some(dropped) = dropped.filter(|dropped| !dropped.is_empty()) {
            (notice(&html! {
                p {
                    "In the last epoch more than half of the pixels of " (shown(&dropped.join(", ")))
                    " were dropped. If these pixels are rare and not wrong, train with " code { "loss.pixels=all" } " and compare."
                }
            }))
        }
        div.columns { (pixels.draw()) (weights.draw()) }
    }
}

fn last_shares(last: Option<&EpochScores>, classes: &[String]) -> String {
    let Some(last) = last else {
        return ".".into();
    };
    let by_class = last.kept_per_class.iter().zip(classes);
    let dropped: Vec<String> = by_class
        .filter_map(|(kept, name)| Some(format!("{name} {:.1} %", 100.0 * (1.0 - (*kept)?))))
        .collect();
    format!(
        ". In the last epoch it dropped {:.1} % of all training pixels ({}).",
        100.0 * (1.0 - last.kept_pixels),
        dropped.join(", ")
    )
}
