//! The result in two sentences.

use data::{Split, counted};
use maud::{Markup, html};
use metrics::Metric;
use metrics::statistics::mean;

use crate::page::shown;
use crate::report::comparison::{Comparison, group_name, verdict_word};
use crate::report::run::ReportedRun;
use crate::run_folder::cases::Truth;
use crate::run_folder::legs::{Course, Ended};
use crate::run_folder::scores::EpochScores;

/// A rise of the validation Dice over the last fifth of the epochs that is worth a longer training.
const WORTH_A_RISE: f64 = 0.005;

/// The verdict of each run, or of each group of several.
pub(super) fn lead(runs: &[ReportedRun], truth: Truth, comparison: &Comparison) -> Markup {
    let sentences: Vec<String> = match runs {
        [run] => vec![format!("{} {}", score(run, truth), epochs(run))],
        runs => {
            let reference = &runs[comparison.groups[0].runs[0]];
            let first = format!(
                "{}: {} {}",
                reference.name,
                score(reference, truth),
                epochs(reference)
            );
            let others = comparison.groups[1..].iter().filter_map(|group| {
                let difference = group.overall.as_ref()?;
                let interval = match difference.ci95 {
                    Some([low, high]) => format!(" (95 % interval {low:+.3} to {high:+.3})"),
                    None => String::new(),
                };
                Some(format!(
                    "{}: mean Dice {:.3}, a difference of {:+.3}{interval} from {} over {}: {}. {}",
                    group_name(runs, &group.runs),
                    difference.mean,
                    difference.difference,
                    reference.name,
                    counted(difference.patients, "patient"),
                    verdict_word(difference.verdict),
                    epochs(&runs[group.runs[0]])
                ))
            });
            std::iter::once(first).chain(others).collect()
        }
    };
    html! { @for sentence in &sentences { p.lead { (shown(sentence)) } } }
}

/// The mean Dice with its interval.
fn score(run: &ReportedRun, truth: Truth) -> String {
    let [images, patients] = run.counts(Split::Test);
    let classes = run.scored_classes(truth).len();
    let over = match classes {
        1 => String::new(),
        classes => format!(" over {classes} classes"),
    };
    let Some(dice) = run.statistic(truth, Metric::Dice, None) else {
        return format!(
            "No Dice could be computed on {}: neither the labels nor the predictions contain a foreground class.",
            counted(images, "test image")
        );
    };
    let interval = match dice.ci95 {
        Some([low, high]) => format!("95 % interval {low:.3} to {high:.3}"),
        None => "one patient has no interval".into(),
    };
    let of_patients = if patients == images {
        String::new()
    } else {
        format!(" of {}", counted(patients, "patient"))
    };
    format!(
        "The mean Dice{over} is {:.3} ({interval}) on {}{of_patients} that training has not seen.",
        dice.mean,
        counted(images, "test image")
    )
}

/// Which epoch was the best, and whether more would help.
fn epochs(run: &ReportedRun) -> String {
    let count = run.scores.len();
    let Some(best) = run.best_epoch() else {
        return "No epoch was validated, so the last one was evaluated.".into();
    };
    let advice = match rise(&run.scores) {
        Some(rise) if rise > WORTH_A_RISE => {
            format!(
                "validation Dice still rose by {rise:.3} over the last fifth, so a longer training may gain more"
            )
        }
        Some(rise) if rise < -WORTH_A_RISE => {
            format!(
                "validation Dice fell by {:.3} over the last fifth, so a longer training would not help",
                -rise
            )
        }
        Some(_) => "validation Dice had levelled off by the end".into(),
        None => "too few epochs to say whether more would help".into(),
    };
    let course = run.course();
    let early = course
        .as_ref()
        .filter(|course| course.ended != Ended::AllEpochs);
    let early = early.map_or(String::new(), |course| {
        format!(" {}", course.ending_in_words())
    });
    let legs = course.as_ref().and_then(Course::legs_in_words);
    let legs = legs.map_or(String::new(), |legs| format!(" {legs}"));
    format!("The best epoch was {best} of {count}; {advice}.{early}{legs}")
}

/// Mean validation Dice of the last fifth of the scored epochs minus that of the fifth before; none for few epochs.
fn rise(scores: &[EpochScores]) -> Option<f64> {
    const FEWEST: usize = 10;
    let dice: Vec<f64> = scores.iter().filter_map(|line| line.dice).collect();
    if dice.len() < FEWEST {
        return None;
    }
    let fifth = dice.len() / 5;
    let last = mean(&dice[dice.len() - fifth..])?;
    let before = mean(&dice[dice.len() - 2 * fifth..dice.len() - fifth])?;
    Some(last - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_that_of_the_last_fifth() {
        let scores = |dice: &dyn Fn(usize) -> f64, epochs: usize| -> Vec<EpochScores> {
            (1..=epochs)
                .map(|epoch| EpochScores {
                    epoch,
                    dice: Some(dice(epoch)),
                    ..EpochScores::default()
                })
                .collect()
        };
        let rising = rise(&scores(&|epoch| epoch as f64 / 100.0, 20)).expect("enough");
        assert!((rising - 0.04).abs() < 1e-12, "{rising}");
        let flat = rise(&scores(&|_| 0.5, 10)).expect("enough");
        assert!(flat.abs() < 1e-12);
        assert_eq!(rise(&scores(&|_| 0.5, 9)), None);
    }
}
