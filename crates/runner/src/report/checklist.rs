//! Which items of a reporting checklist a run answers: CLAIM 2024 (A. S. Tejani et al., "Checklist for Artificial Intelligence in
//! Medical Imaging (CLAIM): 2024 update", Radiology: Artificial Intelligence 6, 2024), in words of our own.

use data::{Split, counted};
use maud::{Markup, html};
use metrics::Metric;

use crate::page::{cell, shown, table};
use crate::report::run::ReportedRun;
use crate::report::scores::with_interval;
use crate::run_folder::cases::Truth;

/// What no run knows.
const YOURS: [&str; 17] = [
    "what the study is for: the clinical question, the intended use, the hypothesis, and whether data were collected before or after it was asked",
    "where the images come from, when they were taken, with which devices and settings",
    "which patients were included and which were not, and why; how many were excluded at each step",
    "age, sex, disease and other characteristics of the patients, in each split",
    "how images were de-identified, and which approval the study has",
    "what was done about missing images or labels",
    "who drew the labels, with what training and which tool; why this is the right reference",
    "how far annotators agree with each other and with themselves",
    "why the number of patients is large enough",
    "whether patients of one hospital, device or time are on both sides of the split, where the file names do not show it",
    "scores on data from another hospital",
    "how the scores change with image quality, device, skin colour or other properties of the patients",
    "why the network fails where it fails: the worst cases above are where to start",
    "how the result compares with people, or with what is used today",
    "limits, risks of bias, and what the result means for practice",
    "where protocol, program, weights and data can be had",
    "registration, funding and interests",
];

/// What the runs answer, and what is left for the author.
pub(super) fn section(runs: &[ReportedRun], truth: Truth) -> Markup {
    let run = &runs[0];
    let rows: Vec<Vec<Markup>> = answers(run, truth)
        .into_iter()
        .map(|(item, answer)| vec![cell(item), cell(&answer)])
        .collect();
    html! {
        p.quiet {
            "By subject, after CLAIM 2024 (Tejani et al., Radiology: Artificial Intelligence, 2024), in other words than the checklist's; \
             fill in the original for a journal."
            @if runs.len() > 1 { " Answers are those of the first run, " (shown(&run.name)) "." }
        }
        h3 { "What the run answers" }
        (table(&["subject", "answer"], &rows, true))
        h3 { "Yours to write" }
        ul { @for item in YOURS { li { (item) } } }
    }
}

fn answers(run: &ReportedRun, truth: Truth) -> Vec<(&'static str, String)> {
    let recipe = &run.recipe;
    let [train, validation, test] = Split::ALL.map(|split| {
        let [images, patients] = run.counts(split);
        format!(
            "{} of {}",
            counted(images, "image"),
            counted(patients, "patient")
        )
    });
    let size = recipe.whole_size();
    let initial = if recipe.model.pretrained.is_empty() {
        format!("random, from seed {}", recipe.train.seed)
    } else {
        "from a file of weights, whose checksum environment.json has".into()
    };
    let mut answers = vec![
        (
            "preprocessing",
            format!(
                "resized to {} × {} pixels; colours normalised with mean {:?} and deviation {:?}",
                size[0], size[1], recipe.data.normalise.mean, recipe.data.normalise.deviation
            ),
        ),
        (
            "partitions and their level",
            format!("training {train}, validation {validation}, test {test}; no patient is in two of them, as far as patients are named"),
        ),
        ("network", format!("{}; its parts: selvedge model show", run.network_name())),
        (
            "program",
            format!(
                "selvedge {}, commit {}",
                run.noted("/selvedge/version").unwrap_or_default(),
                run.noted("/selvedge/commit").unwrap_or_default()
            ),
        ),
        ("first weights", initial),
        (
            "training",
            format!(
                "{} epochs in batches of {}, loss {}, learning rate {} with {}; every setting is in recipe.toml",
                run.scores.len(),
                recipe.train.batch_size,
                run.loss_name(),
                recipe.optimizer.learning_rate,
                crate::report::run::spelt(&recipe.optimizer.name),
            ),
        ),
        (
            "choice of the final network",
            match run.best_epoch() {
                Some(epoch) => format!("the epoch with the best mean Dice on the validation images: {epoch}"),
                None => "the last epoch".into(),
            },
        ),
        ("ensembles", "none: one network".into()),
        (
            "metrics and their uncertainty",
            "Dice, IoU, HD, HD95, surface Dice, sensitivity, precision, accuracy; 95 % intervals by 2,000 bootstrap draws of patients".into(),
        ),
    ];
    if let Some(dice) = run.statistic(truth, Metric::Dice, None) {
        answers.push((
            "performance on internal test data",
            format!(
                "mean Dice {} over {}",
                with_interval(dice, 3),
                counted(dice.patients, "patient")
            ),
        ));
    }
    answers.push((
        "analysis of failures",
        "begun: the worst cases of every class, with maps of their errors".into(),
    ));
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_different_and_end_without_a_stop() {
        let mut items = YOURS.to_vec();
        items.sort_unstable();
        items.dedup();
        assert_eq!(items.len(), YOURS.len());
        assert!(items.iter().all(|item| !item.ends_with('.')));
    }
}
