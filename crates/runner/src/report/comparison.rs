//! Several runs side by side, and their differences from the first one, patient by patient.

use data::{Split, counted};
use maud::{Markup, html};
use metrics::Metric;

use crate::error::RunnerError;
use crate::page::{cell, table};
use crate::report::run::ReportedRun;
use crate::report::scores::{digits, with_interval};
use crate::run_folder::cases::Truth;
use crate::statistics::comparison::{Difference, RunCases, Verdict, compare, correct, repetitions};
use crate::statistics::patient_scores::Measure;
use crate::text::time::duration;

/// Runs of one recipe, and how they differ from those of the first.
pub(super) struct Compared {
    /// Its runs, as indices.
    pub(super) runs: Vec<usize>,
    /// The difference in mean Dice; none for the first group.
    pub(super) overall: Option<Difference>,
    /// The same by class.
    by_class: Vec<Difference>,
}

/// All groups of a page; the first is what the others are compared with.
pub(super) struct Comparison {
    pub(super) groups: Vec<Compared>,
}

/// Groups the runs by recipe, and compares each group with the first.
///
/// # Errors
///
/// Two runs of a group have the same seed, or runs have no patient in common.
pub(super) fn compare_all(runs: &[ReportedRun], truth: Truth) -> Result<Comparison, RunnerError> {
    let recipes: Vec<_> = runs.iter().map(|run| &run.recipe).collect();
    let grouped = repetitions(&recipes);
    let cases = |group: &[usize]| -> Vec<&RunCases> {
        group.iter().map(|index| &runs[*index].cases).collect()
    };
    let mut groups: Vec<Compared> = Vec::new();
    for group in &grouped {
        let mut compared = Compared {
            runs: group.clone(),
            overall: None,
            by_class: Vec::new(),
        };
        if !groups.is_empty() {
            let difference = |class: Option<&str>| {
                let measure = Measure {
                    split: Split::Test,
                    truth,
                    metric: Metric::Dice,
                    class: class.map(String::from),
                };
                compare(&cases(group), &cases(&grouped[0]), &measure)
            };
            compared.overall = Some(difference(None)?);
            let classes = runs[grouped[0][0]].scored_classes(truth);
            if classes.len() > 1 {
                // A class that one side does not have is not compared.
                compared.by_class = classes
                    .into_iter()
                    .filter_map(|class| difference(Some(class)).ok())
                    .collect();
            }
        }
        groups.push(compared);
    }
    correct_all(&mut groups);
    Ok(Comparison { groups })
}

/// Holm's correction over everything on the page.
fn correct_all(groups: &mut [Compared]) {
    let all = groups
        .iter_mut()
        .flat_map(|group| group.overall.iter_mut().chain(&mut group.by_class));
    let mut places: Vec<&mut Difference> = all.collect();
    let mut differences: Vec<Difference> = places.iter().map(|one| (**one).clone()).collect();
    correct(&mut differences);
    for (place, corrected) in places.iter_mut().zip(differences) {
        **place = corrected;
    }
}

impl Comparison {
    pub(super) fn section(&self, runs: &[ReportedRun], truth: Truth) -> Markup {
        let reference = &runs[self.groups[0].runs[0]].name;
        html! {
            (side_by_side(runs, truth))
            @if self.groups.len() > 1 {
                h3 { "Paired differences in Dice from " (cell(reference)) }
                p.quiet {
                    "Each patient counts once; runs that differ only in their seed are averaged first. Intervals by the bootstrap over \
                     patients, p by Wilcoxon's signed-rank test with Holm's correction for all rows together."
                }
                (self.differences(runs))
            } @else {
                p { "These runs differ in nothing but their seed, so there is no difference to test: their spread is that of repetition." }
            }
        }
    }

    fn differences(&self, runs: &[ReportedRun]) -> Markup {
        let mut rows = Vec::new();
        for group in &self.groups[1..] {
            for difference in group.overall.iter().chain(&group.by_class) {
                let class = difference.measure.class.as_deref().unwrap_or("all classes");
                rows.push(vec![
                    cell(&group_name(runs, &group.runs)),
                    cell(class),
                    cell(&format!("{:+.3}", difference.difference)),
                    cell(&match difference.ci95 {
                        Some([low, high]) => format!("{low:+.3} to {high:+.3}"),
                        None => "–".into(),
                    }),
                    cell(verdict_word(difference.verdict)),
                    cell(&difference.p_holm.map_or("–".into(), |p| format!("{p:.4}"))),
                    cell(&counted(difference.patients, "patient")),
                ]);
            }
        }
        let headings = [
            "run",
            "class",
            "difference",
            "95 % interval",
            "verdict",
            "p",
            "over",
        ];
        table(&headings, &rows, true)
    }
}

/// What an interval says, in a word.
pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Undecided => "undecided",
    }
}

/// The name of a group of runs.
pub(super) fn group_name(runs: &[ReportedRun], group: &[usize]) -> String {
    match group {
        [only] => runs[*only].name.clone(),
        [first, ..] => format!(
            "{} and {} more of its recipe",
            runs[*first].name,
            group.len() - 1
        ),
        [] => String::new(),
    }
}

fn side_by_side(runs: &[ReportedRun], truth: Truth) -> Markup {
    let metrics = [Metric::Dice, Metric::Iou, Metric::Hd95, Metric::Nsd];
    let rows: Vec<Vec<Markup>> = runs
        .iter()
        .map(|run| {
            let mut row = vec![
                cell(&run.name),
                cell(&run.network_name()),
                cell(&run.loss_name()),
                cell(&run.recipe.train.seed.to_string()),
            ];
            for metric in metrics {
                let found = run.statistic(truth, metric, None);
                row.push(cell(
                    &found.map_or("–".into(), |one| with_interval(one, digits(metric))),
                ));
            }
            let epochs = run.scores.len();
            row.push(cell(&match run.best_epoch() {
                Some(best) => format!("{best} of {epochs}"),
                None => "–".into(),
            }));
            row.push(cell(&run.seconds.map_or("–".into(), duration)));
            row
        })
        .collect();
    let headings = [
        "run",
        "network",
        "loss",
        "seed",
        "Dice",
        "IoU",
        "HD95",
        "NSD",
        "best epoch",
        "time",
    ];
    table(&headings, &rows, true)
}
