//! What is on the page: the state, warnings, curves, scores by class, and the predictions epoch by epoch.

use maud::{Markup, html};

use crate::page::chart::{Curve, Dash, LineChart};
use crate::page::score_curve::score_curve;
use crate::page::{cell, facts, notice, prose, section, shown, table};
use crate::run_folder::previews::Previews;
use crate::run_folder::scores::{ClassScores, EpochScores};
use crate::text::shell::quoted;
use crate::text::time::duration;
use crate::training::live::{LivePage, RELOAD, State};

impl LivePage {
    /// The page below its heading, written at `time`.
    pub(super) fn body(
        &self,
        scores: &[EpochScores],
        warnings: &[String],
        previews: &Previews,
        state: &State,
        time: &str,
    ) -> Markup {
        let best = best(scores);
        html! {
            (self.state(scores, best, state, time))
            @for warning in warnings {
                (notice(&html! { p { strong { "Warning: " } (prose(warning)) } }))
            }
            @if !scores.is_empty() {
                (section("curves", "Curves", &self.curves(scores, best)))
            }
            @if let Some(last) = scores.iter().rev().find(|line| !line.per_class.is_empty()) {
                (section("classes", "Classes", &classes(last, best)))
            }
            @if !previews.validation.is_empty() {
                (section("previews", "Predictions", &self.strip.markup(previews, scores)))
            }
            (section("run", "This run", &facts(&self.facts)))
        }
    }

    fn state(
        &self,
        scores: &[EpochScores],
        best: Option<&EpochScores>,
        state: &State,
        time: &str,
    ) -> Markup {
        let done = scores.last().map_or(0, |line| line.epoch);
        let left = self.seconds_left(done).map(duration);
        let sentence = match state {
            State::Starting => format!("The training is running: epoch {} has begun.", done + 1),
            State::Training => {
                format!(
                    "The training is running: {done} of {} epochs are done.",
                    self.epochs
                )
            }
            State::Evaluating(course) => format!(
                "{} The best one is being evaluated on the test images.",
                course.ending_in_words()
            ),
            State::Finished(course) => format!(
                "The training is finished and evaluated. {}",
                course.ending_in_words()
            ),
            State::Stopped(message) => format!("The training has stopped: {message}"),
        };
        html! {
            p.lead {
                (shown(&sentence))
                @if let (State::Training, Some(left)) = (state, &left) { " About " (left) " left." }
            }
            @if let Some(best) = best {
                p {
                    (if matches!(state, State::Finished(_)) { "Best: epoch " } else { "Best so far: epoch " }) (best.epoch) ", a mean Dice of "
                    (figure(best.dice)) " on the validation images."
                }
            }
            @if let Some(legs) = legs(scores, state) { p { (shown(&legs)) } }
            @match state {
                State::Finished(_) => {
                    p {
                        "The scores of the test images are in " a href="cases.csv" { "cases.csv" } " and "
                        a href="summary.json" { "summary.json" } ", their predictions in "
                        a href="predictions/" { "predictions" } "."
                    }
                }
                State::Stopped(_) => {
                    p {
                        "It continues from its last checkpoint with "
                        code { "selvedge train --resume " (shown(&quoted(&self.run))) }
                    }
                }
                _ => {}
            }
            p.quiet {
                "Written " (time) "."
                @if state.is_running() {
                    " This page loads itself again every " (RELOAD) " seconds, and is written again after each epoch"
                    @if let Some(seconds) = self.seconds_per_epoch() { ", which takes about " (duration(seconds)) }
                    ". A page cannot see whether a process lives: if this time is much older than that, ask with "
                    code { "selvedge watch " (shown(&quoted(&self.run))) } "."
                }
            }
        }
    }

    fn curves(&self, scores: &[EpochScores], best: Option<&EpochScores>) -> Markup {
        let mark = best.map(|line| (line.epoch as f64, "best"));
        let chart = |title: &str, range: Option<[f64; 2]>, curves: &[Curve], marked: bool| {
            let mark = mark.filter(|_| marked);
            LineChart {
                title,
                across: "epoch",
                range,
                curves,
                mark,
            }
            .draw()
        };
        let losses = [
            score_curve("training", 0, scores, |line| Some(line.train_loss)),
            score_curve("validation", 1, scores, |line| line.validation_loss),
        ];
        let foreground = self.class_names.iter().enumerate().skip(1);
        let mut dice: Vec<Curve> = foreground
            .map(|(class, name)| {
                score_curve(name, class - 1, scores, |line| of_class(line, class)?.dice)
            })
            .collect();
        dice.push(Curve {
            dash: Dash::Dashed,
            ..score_curve("mean", 7, scores, |line| line.dice)
        });
        let mut kept = vec![
            Curve {
                dash: Dash::Dashed,
                ..score_curve("images", 7, scores, |line| Some(line.kept_images))
            },
            Curve {
                dash: Dash::Dotted,
                ..score_curve("all pixels", 7, scores, |line| Some(line.kept_pixels))
            },
        ];
        for (class, name) in self.class_names.iter().enumerate() {
            // The tones of foreground classes are those of the chart of Dice.
            let tone = class.checked_sub(1).unwrap_or(6);
            let points = |line: &EpochScores| line.kept_per_class.get(class).copied().flatten();
            kept.push(score_curve(name, tone, scores, points));
        }
        html! {
            div.columns {
                (chart("Mean loss of an image", None, &losses, false))
                (chart("Dice on the validation images", Some([0.0, 1.0]), &dice, true))
                (chart("Fractions that training keeps: images, and pixels by class", Some([0.0, 1.0]), &kept, false))
            }
        }
    }
}

/// The legs of a run with more than one.
fn legs(scores: &[EpochScores], state: &State) -> Option<String> {
    if let State::Evaluating(course) | State::Finished(course) = state {
        return course.legs_in_words();
    }
    let leg = scores.last()?.leg?;
    let first = scores.iter().find(|line| line.leg == Some(leg))?;
    Some(format!("Leg {leg} began with epoch {}.", first.epoch))
}

/// The scores of each class after the last epoch, next to those of the best.
fn classes(last: &EpochScores, best: Option<&EpochScores>) -> Markup {
    let after = format!("Dice, epoch {}", last.epoch);
    let best_heading = best.map_or_else(
        || "Dice, best epoch".to_string(),
        |best| format!("Dice, best epoch ({})", best.epoch),
    );
    let headings = [
        "class",
        after.as_str(),
        best_heading.as_str(),
        "IoU",
        "images",
        "pixels kept",
    ];
    let kept = |class: usize| last.kept_per_class.get(class).copied().flatten();
    let percent = |share: Option<f64>| {
        share.map_or_else(
            || "–".to_string(),
            |share| format!("{:.0} %", 100.0 * share),
        )
    };
    let rows: Vec<Vec<Markup>> = last
        .per_class
        .iter()
        .map(|class| {
            let of_best = best.and_then(|best| of_class(best, class.class));
            vec![
                cell(&class.name),
                cell(&figure(class.dice)),
                cell(&figure(of_best.and_then(|of_best| of_best.dice))),
                cell(&figure(class.iou)),
                cell(&class.images.to_string()),
                cell(&percent(kept(class.class))),
            ]
        })
        .collect();
    html! {
        (table(&headings, &rows, false))
        p.quiet { "Scores of the validation images at training size; “pixels kept” is of the training images." }
    }
}

/// The line with the highest mean Dice; the first of several.
fn best(scores: &[EpochScores]) -> Option<&EpochScores> {
    let scored = scores.iter().filter(|line| line.validation_loss.is_some());
    let dice = |line: &EpochScores| line.dice.unwrap_or(0.0);
    scored
        .rev()
        .max_by(|one, other| dice(one).total_cmp(&dice(other)))
}

fn of_class(line: &EpochScores, class: usize) -> Option<&ClassScores> {
    line.per_class.iter().find(|scored| scored.class == class)
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_string(), |value| format!("{value:.3}"))
}
