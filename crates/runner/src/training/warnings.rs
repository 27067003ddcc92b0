//! What a person would want to be warned of while a training runs: each once, with a remedy.
//!
//! The warnings follow from the lines of `scores.jsonl` alone, so that a resumed run neither repeats nor forgets one.

use crate::run_folder::scores::{ClassScores, EpochScores};

/// The epoch by which a network has usually predicted every class.
const BY: usize = 3;
/// Fewest scored epochs of which it is said whether scores still rise.
const FEWEST: usize = 6;
/// The gain in mean Dice from the second third to the last one that is worth more epochs.
const GAIN: f64 = 0.01;

/// The warnings of a run with these lines, and of its last epoch, for a training that ends after `epochs`; the command `longer`
/// trains longer.
pub(crate) fn current_warnings(
    scores: &[EpochScores],
    epochs: usize,
    longer: &str,
    class_names: &[String],
) -> Vec<String> {
    let mut warnings = warnings(scores, epochs, longer);
    let dropped = scores.last().map(|line| line.mostly_dropped(class_names));
    if let Some(dropped) = dropped.filter(|dropped| !dropped.is_empty()) {
        warnings.push(format!(
            "the pixel rule sets aside more than half of the pixels of: {}; loss.sigma_scope = \"class\" or a larger loss.sigma \
             keeps them",
            dropped.join(", ")
        ));
    }
    warnings
}

/// All warnings of a run with these lines, in the order in which they arose.
fn warnings(scores: &[EpochScores], epochs: usize, longer: &str) -> Vec<String> {
    let scored: Vec<&EpochScores> = scores
        .iter()
        .filter(|line| !line.per_class.is_empty())
        .collect();
    let mut warnings = Vec::new();
    let first = scored.iter().position(|line| line.epoch >= BY);
    if let Some(first) = first {
        warnings.extend(never_predicted(&scored[..=first]));
    }
    if let Some(last) = scored.last().filter(|line| line.epoch == epochs) {
        let was_said = first.is_some_and(|first| is_background(scored[first]));
        if is_background(last) && !was_said {
            warnings.push(only_background(last.epoch));
        }
        warnings.extend(still_rising(&scored, longer));
    }
    warnings
}

/// The warnings with these lines that there were not without the last one.
pub(super) fn new_warnings(scores: &[EpochScores], epochs: usize, longer: &str) -> Vec<String> {
    let earlier = scores.split_last().map_or(&[][..], |(_, earlier)| earlier);
    let earlier = warnings(earlier, epochs, longer);
    let mut warnings = warnings(scores, epochs, longer);
    warnings.retain(|warning| !earlier.contains(warning));
    warnings
}

/// Classes of the validation images that have not been predicted in any of these epochs.
fn never_predicted(seen: &[&EpochScores]) -> Option<String> {
    let last = seen.last()?;
    if is_background(last) {
        return Some(only_background(last.epoch));
    }
    let predicted = |line: &&EpochScores, class: usize| {
        let scored = line.per_class.iter().find(|scored| scored.class == class);
        scored.is_none_or(|scored| scored.predicted != Some(0))
    };
    let missing: Vec<&str> = last
        .per_class
        .iter()
        .filter(|class| class.images > 0 && !seen.iter().any(|line| predicted(line, class.class)))
        .map(|class| class.name.as_str())
        .collect();
    if missing.is_empty() {
        return None;
    }
    Some(format!(
        "after epoch {} no validation pixel has been predicted as: {}; if that stays so, give the class more weight with \
         loss.class_weights, and check its labels with `selvedge data check` and `selvedge data show`",
        last.epoch,
        missing.join(", ")
    ))
}

/// Whether every validation pixel was predicted as background, although some are not.
fn is_background(line: &EpochScores) -> bool {
    let counted = |class: &ClassScores| class.images > 0;
    line.per_class.iter().any(counted)
        && line
            .per_class
            .iter()
            .all(|class| class.predicted == Some(0))
}

fn only_background(epoch: usize) -> String {
    format!(
        "after epoch {epoch} every validation pixel is predicted as background; if that stays so, give the other classes more \
         weight with loss.class_weights, change optimizer.learning_rate, or train with loss.pixels = \"all\"; `selvedge data \
         show` draws what the network sees"
    )
}

/// Whether the validation Dice was still rising when the training ended.
fn still_rising(scored: &[&EpochScores], longer: &str) -> Option<String> {
    let dice: Vec<(usize, f64)> = scored
        .iter()
        .filter_map(|line| Some((line.epoch, line.dice?)))
        .collect();
    if dice.len() < FEWEST {
        return None;
    }
    let third = dice.len() / 3;
    let mean =
        |part: &[(usize, f64)]| part.iter().map(|(_, dice)| dice).sum::<f64>() / part.len() as f64;
    let (before, last) = dice.split_at(dice.len() - third);
    let middle = &before[before.len() - third..];
    let (earlier, later) = (mean(middle), mean(last));
    let best = dice
        .iter()
        .rev()
        .max_by(|one, other| one.1.total_cmp(&other.1))?;
    let among_the_last = &dice[dice.len() - (dice.len() / 10).max(2)..];
    if later - earlier < GAIN || !among_the_last.contains(best) {
        return None;
    }
    Some(format!(
        "the validation Dice was still rising at the end: {earlier:.3} on average over epochs {} to {}, {later:.3} over epochs \
         {} to {}; `{longer}` trains longer",
        middle.first()?.0,
        middle.last()?.0,
        last.first()?.0,
        last.last()?.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(epoch: usize, dice: f64, predicted: [u64; 2]) -> EpochScores {
        let class = |class: usize| ClassScores {
            class,
            name: format!("grade {class}"),
            dice: Some(dice),
            iou: None,
            images: 3,
            predicted: Some(predicted[class - 1]),
        };
        EpochScores {
            epoch,
            dice: Some(dice),
            per_class: vec![class(1), class(2)],
            ..EpochScores::default()
        }
    }

    /// All warnings of a training, epoch by epoch.
    fn printed(lines: &[EpochScores]) -> Vec<(usize, String)> {
        let epochs = lines.len();
        let longer = &format!("train --epochs {}", 2 * epochs);
        let mut printed = Vec::new();
        for end in 1..=epochs {
            let new = new_warnings(&lines[..end], epochs, longer).into_iter();
            printed.extend(new.map(|warning| (end, warning)));
        }
        let all = warnings(lines, epochs, longer);
        assert!(
            printed.iter().map(|(_, text)| text).eq(&all),
            "{printed:?} {all:?}"
        );
        printed
    }

    #[test]
    fn a_class_that_is_never_predicted_is_named_once() {
        let lines: Vec<_> = (1..8).map(|epoch| line(epoch, 0.5, [9, 0])).collect();
        let printed = printed(&lines);
        assert_eq!(printed.len(), 1, "{printed:?}");
        assert_eq!(printed[0].0, 3);
        assert!(
            printed[0].1.contains("predicted as: grade 2;"),
            "{printed:?}"
        );
        assert!(printed[0].1.contains("loss.class_weights"));

        // Predicted once, or in no image, or not known.
        let mut once = lines.clone();
        once[1].per_class[1].predicted = Some(1);
        assert!(warnings(&once, 7, "longer").is_empty());
        let mut absent = lines.clone();
        for line in &mut absent {
            line.per_class[1].images = 0;
        }
        assert!(warnings(&absent, 7, "longer").is_empty());
        let mut unknown = lines;
        for line in &mut unknown {
            line.per_class[1].predicted = None;
        }
        assert!(warnings(&unknown, 7, "longer").is_empty());
    }

    #[test]
    fn background_alone_is_one_warning() {
        let lines: Vec<_> = (1..8).map(|epoch| line(epoch, 0.0, [0, 0])).collect();
        let found = printed(&lines);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, 3);
        assert!(found[0].1.contains("as background"), "{found:?}");
        // At the end only.
        let mut lines: Vec<_> = (1..6).map(|epoch| line(epoch, 0.5, [5, 5])).collect();
        lines.push(line(6, 0.0, [0, 0]));
        let found = printed(&lines);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, 6);
    }

    #[test]
    fn scores_that_rise_until_the_end_are_worth_more_epochs() {
        let rising = |value: fn(usize) -> f64| -> Vec<EpochScores> {
            (1..=12)
                .map(|epoch| line(epoch, value(epoch), [5, 5]))
                .collect()
        };
        let found = printed(&rising(|epoch| 0.05 * epoch as f64));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, 12);
        assert!(
            found[0]
                .1
                .contains("0.325 on average over epochs 5 to 8, 0.525 over epochs 9 to 12")
                && found[0].1.contains("--epochs 24"),
            "{found:?}"
        );
        assert!(printed(&rising(|_| 0.7)).is_empty());
        assert!(
            printed(&rising(
                |epoch| 0.9 - 0.6 / epoch as f64 / epoch as f64 / epoch as f64
            ))
            .is_empty()
        );
        // A peak in between.
        assert!(
            printed(&rising(|epoch| if epoch == 9 {
                0.9
            } else {
                0.02 * epoch as f64
            }))
            .is_empty()
        );
        assert!(printed(&rising(|epoch| 0.05 * epoch as f64)[..5]).is_empty());
    }
}
