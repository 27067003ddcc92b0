//! Scores by class: a table with intervals, and a dot for each case.

use std::collections::BTreeMap;

use data::Split;
use maud::{Markup, html};
use metrics::Metric;
use serde_json::Value;

use crate::page::chart::{Dot, DotStrip};
use crate::page::{cell, shown, table};
use crate::report::run::ReportedRun;
use crate::run_folder::cases::{EmptyMasks, Truth};
use crate::statistics::metric_statistics::MetricStatistics;

/// The metrics of the table.
const METRICS: [(Metric, &str); 6] = [
    (Metric::Dice, "Dice"),
    (Metric::Iou, "IoU"),
    (Metric::Hd95, "HD95"),
    (Metric::Nsd, "NSD"),
    (Metric::Sensitivity, "sensitivity"),
    (Metric::Precision, "precision"),
];

/// The scores of all runs.
pub(super) fn section(runs: &[ReportedRun], truth: Truth) -> Markup {
    let with_pictures: BTreeMap<&str, usize> = runs[0]
        .dice_by_image(truth, None)
        .into_iter()
        .filter_map(|(image, _)| Some((image, runs[0].case_number(image)?)))
        .collect();
    let unit = runs[0]
        .summary
        .pointer("/distances/unit")
        .and_then(Value::as_str);
    html! {
        p.quiet {
            "Means over images, with 95 % intervals by the bootstrap over patients."
            @if let Some(unit) = unit { " HD95 is in " (shown(unit)) "s." }
            " In the strips each dot is a test image and leads to its picture; the line is the mean, the band its interval."
        }
        @for run in runs {
            @if runs.len() > 1 { h3 { (shown(&run.name)) } }
            (of_run(run, truth, &with_pictures))
            @if truth == Truth::Clean {
                details {
                    summary { "Against the noisy labels of the data set" }
                    (metrics_table(run, Truth::Noisy))
                }
            }
        }
    }
}

fn of_run(run: &ReportedRun, truth: Truth, numbers: &BTreeMap<&str, usize>) -> Markup {
    html! {
        (metrics_table(run, truth))
        @if run.recipe.data.options.overfit > 0 {
            p { "This training memorises a few images, which are also its test images: its scores say nothing about others." }
        }
        div.columns {
            @for (index, class) in run.foreground().iter().enumerate() {
                @if run.statistic(truth, Metric::Dice, Some(class)).is_some() {
                    (strip(run, truth, numbers, index, class))
                }
            }
        }
    }
}

fn metrics_table(run: &ReportedRun, truth: Truth) -> Markup {
    let mut headings = vec!["class", "images"];
    headings.extend(METRICS.map(|(_, name)| name));
    let mut rows = Vec::new();
    let classes = run.scored_classes(truth);
    let mean_of_all = (classes.len() != 1).then_some(None);
    for class in classes.into_iter().map(Some).chain(mean_of_all) {
        let images = run
            .statistic(truth, Metric::Dice, class)
            .map_or(0, |one| one.n);
        let mut row = vec![
            html! { @match class { Some(class) => (shown(class)), None => strong { "all classes" } } },
            cell(&images.to_string()),
        ];
        for (metric, _) in METRICS {
            row.push(match run.statistic(truth, metric, class) {
                Some(one) => html! {
                    (format!("{:.*}", digits(metric), one.mean))
                    @if let Some([low, high]) = one.ci95 {
                        br;
                        span.quiet { (format!("{low:.*}–{high:.*}", digits(metric), digits(metric))) }
                    }
                },
                None => cell("–"),
            });
        }
        rows.push(row);
    }
    table(&headings, &rows, false)
}

/// The Dice of a class, case by case.
fn strip(
    run: &ReportedRun,
    truth: Truth,
    numbers: &BTreeMap<&str, usize>,
    index: usize,
    class: &str,
) -> Markup {
    let lines = run.cases.lines.iter().filter(|line| {
        line.truth == truth
            && line.metric == Metric::Dice
            && line.class == class
            && line.split == Split::Test
    });
    let mut uncounted = 0;
    let mut dots = Vec::new();
    for line in lines {
        let Some(value) = line.value else {
            uncounted += 1;
            continue;
        };
        let rule = match line.rule {
            EmptyMasks::Missed => ", missed",
            EmptyMasks::FalseAlarm => ", false alarm",
            EmptyMasks::Neither | EmptyMasks::Both => "",
        };
        let number = numbers.get(&*line.image);
        dots.push(Dot {
            value,
            name: format!("{}: Dice {value:.3}{rule}", run.image_names.of(&line.image)),
            link: number.map(|number| format!("#case-{number}")),
        });
    }
    dots.sort_by(|one, other| one.value.total_cmp(&other.value));
    let statistic = run.statistic(truth, Metric::Dice, Some(class));
    let title = format!("Dice of {class}, case by case");
    let strip = DotStrip {
        title: &title,
        range: [0.0, 1.0],
        dots: &dots,
        mean: statistic.map(|one| one.mean),
        interval: statistic.and_then(|one| one.ci95),
        tone: index,
    };
    html! {
        figure {
            (strip.draw())
            figcaption {
                (shown(&title))
                @if let Some(one) = statistic {
                    (format!("; median {:.3}, quartiles {:.3} and {:.3}", one.median, one.q1, one.q3))
                }
                @if uncounted > 0 { (format!("; {uncounted} without the class, in truth and prediction, are not counted")) }
                "."
            }
        }
    }
}

/// Digits after the point at which a metric is shown.
pub(super) fn digits(metric: Metric) -> usize {
    if metric.smaller_is_better() { 1 } else { 3 }
}

/// A mean with its interval in brackets.
pub(super) fn with_interval(one: &MetricStatistics, digits: usize) -> String {
    let mean = format!("{:.digits$}", one.mean);
    match one.ci95 {
        Some([low, high]) => format!("{mean} [{low:.digits$}, {high:.digits$}]"),
        None => mean,
    }
}
