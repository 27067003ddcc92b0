//! What the names of labels have in addition to those of their images: words such as `_mask`, and numbers.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::layouts::folder::words::{SEPARATORS, image_ends, label_ends, without_end};

/// Digits of a mask's number.
const MOST_DIGITS: usize = 9;

/// A name without the number at its end and what sets that off, and the number.
fn without_number(stem: &str) -> Option<(&str, u64)> {
    let base = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &stem[base.len()..];
    let number = (digits.len() <= MOST_DIGITS).then(|| digits.parse().ok())??;
    let base = base.strip_suffix(SEPARATORS).unwrap_or(base);
    (!base.is_empty()).then_some((base, number))
}

/// The name that a label file shares with its image, and the number of the mask if it has one; `None` for other files. Without
/// a suffix, the number is part of the name.
pub(super) fn without_suffix<'a>(stem: &'a str, suffix: &str) -> Option<(&'a str, Option<u64>)> {
    if suffix.is_empty() {
        return Some((stem, None));
    }
    if let Some(base) = without_end(stem, suffix) {
        return Some((base, None));
    }
    let (rest, number) = without_number(stem)?;
    Some((without_end(rest, suffix)?, Some(number)))
}

/// The suffixes in a folder of images and labels by which labels have the names of images, in lower case, and how many files have
/// each.
pub(super) fn suffixes_among<'a>(stems: &[&'a str]) -> BTreeMap<String, usize> {
    let mut bases: BTreeSet<&'a str> = stems.iter().copied().collect();
    let shortened = stems.iter().flat_map(|stem| image_ends(stem));
    bases.extend(shortened.map(|(base, _)| base));
    let mut found = BTreeMap::new();
    for stem in stems {
        let numbered = without_number(stem).map(|(rest, _)| rest);
        for name in [Some(*stem), numbered].into_iter().flatten() {
            let ends = label_ends(name).filter(|(base, _)| bases.contains(base));
            for (_, suffix) in ends {
                *found.entry(suffix.to_lowercase()).or_default() += 1;
            }
        }
    }
    found
}

/// The suffix of numbered masks in a folder of labels, of which some image has several; empty if the number alone sets them
/// apart, `None` if the labels are anything else.
pub(super) fn suffix_of_numbered(images: &BTreeSet<&str>, labels: &[&str]) -> Option<String> {
    let mut suffixes = BTreeSet::new();
    let mut masks: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels {
        let (rest, _) = without_number(label).filter(|_| !images.contains(label))?;
        let (base, suffix) = if images.contains(rest) {
            (rest, "")
        } else {
            label_ends(rest).find(|(base, _)| images.contains(base))?
        };
        suffixes.insert(suffix.to_lowercase());
        *masks.entry(base).or_default() += 1;
    }
    let mut suffixes = suffixes.into_iter();
    let only = suffixes.next().filter(|_| suffixes.next().is_none());
    only.filter(|_| masks.values().any(|count| *count > 1))
}

/// The name that a numbered mask shares with its image, and its number.
pub(super) fn of_numbered<'a>(stem: &'a str, suffix: &str) -> Option<(&'a str, Option<u64>)> {
    let (rest, number) = without_number(stem)?;
    let base = if suffix.is_empty() {
        rest
    } else {
        without_end(rest, suffix)?
    };
    Some((base, Some(number)))
}

/// The ending, from the last separator on, that most names of a folder add to other names of it; for advice.
pub(super) fn likely_suffix(stems: &[&str]) -> Option<String> {
    let all: BTreeSet<&str> = stems.iter().copied().collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for stem in stems {
        for (at, _) in stem.match_indices(SEPARATORS).filter(|(at, _)| *at > 0) {
            if all.contains(&stem[..at]) {
                *counts.entry(&stem[at..]).or_default() += 1;
            }
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(most.0.to_string())
}
