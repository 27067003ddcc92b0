//! Corrects the labels that an audit distrusts most, from clean ones: what experts would do who revisit them.

use std::collections::BTreeSet;
use std::path::Path;

use data::{
    CORRUPTIONS, Case, Changes, Corruption, LabelVolume, NewLabels, image_name, read_corruptions,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::audit_proof::audited::Audited;
use crate::audit_proof::image_measures::{DEFAULT, scores};
use crate::audit_proof::lists::AuditLists;
use crate::audit_proof::truth::CleanLabels;
use crate::auditing::images::all_cases;
use crate::error::RunnerError;

/// Which images are looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// Those with the highest value of this score.
    Worst(String),
    /// Any, by this seed.
    Random(u64),
}

/// The images that are looked at: this fraction of all, rounded up.
///
/// # Errors
///
/// The audit has no such score.
pub(crate) fn chosen<'a>(
    lists: &'a AuditLists,
    choice: &Choice,
    share: f64,
) -> Result<Vec<&'a str>, RunnerError> {
    let names: Vec<&str> = lists.images.iter().map(|row| row.image.as_str()).collect();
    // A product such as 0.1 · 30 may be a little above the whole number that it is.
    let count = ((share * names.len() as f64 - 1e-9).ceil() as usize).clamp(1, names.len());
    let mut order: Vec<usize> = (0..names.len()).collect();
    match choice {
        Choice::Random(seed) => {
            let mut random = ChaCha8Rng::seed_from_u64(*seed);
            for place in 0..count {
                order.swap(place, random.random_range(place..names.len()));
            }
        }
        Choice::Worst(name) => {
            let scores = scores(&lists.scores, &lists.images);
            let Some(score) = scores.iter().find(|score| score.name == *name) else {
                let known: Vec<&str> = scores.iter().map(|score| score.name.as_str()).collect();
                return Err(RunnerError::mismatch(
                    format!("one of the audit's scores: {}", known.join(", ")),
                    format!("{name:?}"),
                    format!("choose one of them, or leave it out for '{DEFAULT}'"),
                )
                .at("--by"));
            };
            let value = |index: usize| {
                let value = score.values[index];
                if value.is_nan() {
                    f64::NEG_INFINITY
                } else {
                    value
                }
            };
            order.sort_by(|&one, &other| value(other).total_cmp(&value(one)));
        }
    }
    Ok(order
        .into_iter()
        .take(count)
        .map(|index| names[index])
        .collect())
}

/// What a correction changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Corrected {
    /// Images that were looked at.
    pub(crate) looked_at: usize,
    /// Of these, images whose label differed from the clean one.
    pub(crate) changed: usize,
}

/// Copies the audited set to `out`, with the clean labels for these images.
///
/// # Errors
///
/// An image has no clean label; a file cannot be read or written; `out` is not free.
pub(crate) fn correct(
    audited: &Audited,
    clean: &Path,
    images: &[&str],
    out: &Path,
) -> Result<Corrected, RunnerError> {
    let Audited { dataset, options } = audited;
    let clean_labels = CleanLabels::find(dataset, options, clean);
    let wanted: BTreeSet<&str> = images.iter().copied().collect();
    let mut left = wanted.clone();
    let mut changes = Changes::default();
    let mut corrected = Corrected {
        looked_at: wanted.len(),
        changed: 0,
    };
    for case in &all_cases(dataset) {
        let slices = dataset.slice_count(case)?;
        let names = (0..slices).map(|slice| image_name(&case.stem, slice, slices));
        let own: Vec<(usize, String)> = names
            .enumerate()
            .filter(|(_, name)| wanted.contains(&**name))
            .collect();
        let Some(file) = (!own.is_empty()).then(|| clean_labels.of(case)).flatten() else {
            continue;
        };
        let mut labels = dataset.load_label_volume(case)?;
        let truth = dataset.load_labels_from(case, &file)?;
        let before = corrected.changed;
        for (slice, name) in &own {
            left.remove(&**name);
            corrected.changed += usize::from(take_slice(&mut labels, &truth, *slice));
        }
        if corrected.changed > before {
            // A file of the same format is copied as it is.
            let new = if slices == 1 && same_ending(case, &file) {
                NewLabels::File(file)
            } else {
                NewLabels::Classes(labels)
            };
            changes.labels.insert(case.stem.clone(), new);
        }
    }
    if let Some(image) = left.first() {
        return Err(RunnerError::mismatch(
            format!("a clean label of '{image}'"),
            "none",
            "give the clean labels of the audited set by `--truth`",
        )
        .at(clean.display()));
    }
    changes.corruptions = remaining(&dataset.root, &wanted)?;
    dataset.copy_changed(out, &changes)?;
    Ok(corrected)
}

/// Replaces a slice, and returns whether that changed anything.
fn take_slice(labels: &mut LabelVolume, truth: &LabelVolume, slice: usize) -> bool {
    let [_, height, width] = labels.shape;
    let pixels = slice * height * width..(slice + 1) * height * width;
    let changed = labels.classes[pixels.clone()] != truth.classes[pixels.clone()];
    labels.classes[pixels.clone()].copy_from_slice(&truth.classes[pixels]);
    changed
}

fn same_ending(case: &Case, file: &Path) -> bool {
    case.labels.extension() == file.extension()
}

/// The notes on what is wrong, without what was corrected; none if there are no notes.
fn remaining(
    root: &Path,
    corrected: &BTreeSet<&str>,
) -> Result<Option<Vec<Corruption>>, RunnerError> {
    let path = root.join(CORRUPTIONS);
    if !path.is_file() {
        return Ok(None);
    }
    let left = read_corruptions(&path)?.into_iter().map(|one| {
        if !corrected.contains(&*one.image) {
            return one;
        }
        Corruption {
            image: one.image,
            ..Corruption::default()
        }
    });
    Ok(Some(left.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_proof::lists::ImageScores;

    fn lists() -> AuditLists {
        let row = |index: usize| ImageScores {
            image: format!("i{index}"),
            patient: String::new(),
            scores: vec![if index == 0 { f64::NAN } else { index as f64 }],
            rank: 1.0 + index as f64,
        };
        AuditLists {
            scores: vec!["loss".into()],
            images: (0..20).map(row).collect(),
            places: Vec::new(),
        }
    }

    #[test]
    fn the_worst_by_a_score_or_any_are_chosen() {
        let lists = lists();
        let by =
            |name: &str, share| chosen(&lists, &Choice::Worst(name.into()), share).expect("known");
        assert_eq!(by(DEFAULT, 0.1), ["i0", "i1"]);
        assert_eq!(by("loss", 0.1), ["i19", "i18"]);
        assert_eq!(by("loss", 1.0).last(), Some(&"i0"), "without a score");
        assert_eq!(by("loss", 0.001).len(), 1);
        let any = |seed| chosen(&lists, &Choice::Random(seed), 0.3).expect("any");
        assert_eq!(any(1), any(1));
        assert_ne!(any(1), any(2));
        assert_eq!(any(1).iter().collect::<BTreeSet<_>>().len(), 6);
        let error = chosen(&lists, &Choice::Worst("los".into()), 0.1).expect_err("unknown");
        assert!(error.message().contains("default, loss"), "{error}");
    }

    #[test]
    fn a_slice_is_taken_from_the_truth() {
        let volume = |classes: &[u8]| LabelVolume {
            shape: [2, 1, 2],
            classes: classes.to_vec(),
        };
        let mut labels = volume(&[1, 0, 0, 0]);
        let truth = volume(&[1, 1, 0, 0]);
        assert!(!take_slice(&mut labels, &truth, 1));
        assert!(take_slice(&mut labels, &truth, 0));
        assert_eq!(labels, truth);
    }
}
