//! Losses and scores over the epochs.

use maud::{Markup, html};

use crate::page::chart::{Curve, Dash, LineChart};
use crate::page::score_curve::score_curve;
use crate::report::run::ReportedRun;
use crate::run_folder::scores::EpochScores;

/// Losses, validation Dice and the learning rate.
pub(super) fn section(runs: &[ReportedRun]) -> Markup {
    let charts = match runs {
        [run] => of_one(run),
        runs => of_several(runs),
    };
    html! {
        div.columns { @for chart in &charts { (chart) } }
    }
}

fn of_one(run: &ReportedRun) -> Vec<Markup> {
    let mark = run.best_epoch().map(|epoch| (epoch as f64, "best epoch"));
    let losses = [
        score_curve("training", 0, &run.scores, |line| Some(line.train_loss)),
        Curve {
            dash: Dash::Dashed,
            ..score_curve("validation", 1, &run.scores, |line| line.validation_loss)
        },
    ];
    let mut dice = vec![score_curve("mean", 7, &run.scores, |line| line.dice)];
    let classes = run.foreground().iter().enumerate();
    if run.foreground().len() > 1 {
        dice.extend(classes.map(|(index, name)| {
            let of_class = |line: &EpochScores| {
                let mut all = line.per_class.iter();
                all.find(|scored| scored.class == index + 1)?.dice
            };
            Curve {
                dash: dash(index),
                ..score_curve(name, index, &run.scores, of_class)
            }
        }));
    }
    let rate = [score_curve("learning rate", 2, &run.scores, |line| {
        Some(line.learning_rate)
    })];
    vec![
        chart("Mean loss of an image", None, &losses, mark),
        chart(
            "Dice of the validation images",
            Some([0.0, 1.0]),
            &dice,
            mark,
        ),
        chart("Learning rate", None, &rate, None),
    ]
}

fn of_several(runs: &[ReportedRun]) -> Vec<Markup> {
    let of = |value: fn(&EpochScores) -> Option<f64>| -> Vec<Curve> {
        let numbered = runs.iter().enumerate();
        numbered
            .map(|(index, run)| Curve {
                dash: dash(index),
                ..score_curve(&run.name, index, &run.scores, value)
            })
            .collect()
    };
    vec![
        chart(
            "Dice of the validation images",
            Some([0.0, 1.0]),
            &of(|line| line.dice),
            None,
        ),
        chart(
            "Mean loss of a training image",
            None,
            &of(|line| Some(line.train_loss)),
            None,
        ),
        chart(
            "Mean loss of a validation image",
            None,
            &of(|line| line.validation_loss),
            None,
        ),
    ]
}

fn chart(
    title: &str,
    range: Option<[f64; 2]>,
    curves: &[Curve],
    mark: Option<(f64, &str)>,
) -> Markup {
    let with_points = curves.iter().filter(|curve| !curve.points.is_empty());
    let curves: Vec<Curve> = with_points.cloned().collect();
    let chart = LineChart {
        title,
        across: "epoch",
        range,
        curves: &curves,
        mark,
    };
    chart.draw()
}

/// Colours repeat after eight curves, dashes differ then.
pub(super) fn dash(index: usize) -> Dash {
    [Dash::Solid, Dash::Dashed, Dash::Dotted][index / 8 % 3]
}
