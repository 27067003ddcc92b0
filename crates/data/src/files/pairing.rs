//! Pairs images with their labels by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::listing::images_by_stem;
use crate::files::near_misses;
use crate::text::counted;

/// Files by stem.
type Files = BTreeMap<String, PathBuf>;

/// The pairs of two folders.
#[derive(Default)]
pub(crate) struct Paired {
    /// The image's stem, the image, its labels.
    pub(crate) pairs: Vec<(String, PathBuf, PathBuf)>,
    /// Stems of images and labels without a counterpart.
    pub(crate) alone: Vec<String>,
}

/// Pairs images with labels. The two `folders` and the usual `extension` of labels appear in errors only.
///
/// Names have to be equal. Names that differ only in case are accepted too, and so is one prefix or suffix that all labels
/// add to the names of their images (`scan1_mask` for `scan1`), or the other way round. Both are noted.
pub(crate) fn pair_up(
    mut images: Files,
    mut labels: Files,
    folders: [&Path; 2],
    extension: &str,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Paired {
    let mut pairs = Vec::new();
    let mut take =
        |images: &mut Files, labels: &mut Files, partner: &dyn Fn(&str) -> Option<String>| {
            let before = pairs.len();
            images.retain(|stem, image| {
                let label = partner(stem).and_then(|name| labels.remove(&name));
                if let Some(label) = label {
                    pairs.push((stem.clone(), image.clone(), label));
                    return false;
                }
                true
            });
            pairs.len() - before
        };
    let same = take(&mut images, &mut labels, &|stem| Some(stem.to_string()));
    let capitals = by_capitals(&images, &labels);
    let in_capitals = take(&mut images, &mut labels, &|stem| {
        capitals.get(stem).cloned()
    });
    if in_capitals > 0 {
        notes.push(format!(
            "{}: {} paired with images whose names differ only in case",
            folders[1].display(),
            counted(in_capitals, "label file")
        ));
    }
    // Where some names are equal, the others are mistakes.
    let none_is_the_same = same + in_capitals == 0;
    if let Some(affix) = Affix::of_all(&images, &labels).filter(|_| none_is_the_same) {
        notes.push(format!(
            "{}: labels are matched by their names {affix}",
            folders[1].display()
        ));
        take(&mut images, &mut labels, &|stem| Some(affix.added_to(stem)));
    } else if let Some(affix) = Affix::of_all(&labels, &images).filter(|_| none_is_the_same) {
        notes.push(format!(
            "{}: images are matched by their names {affix}",
            folders[0].display()
        ));
        take(&mut images, &mut labels, &|stem| affix.removed_from(stem));
    }
    problems.extend(near_misses::images_alone(&images, folders, extension));
    problems.extend(near_misses::labels_alone(&labels, folders));
    pairs.sort();
    Paired {
        pairs,
        alone: images.into_keys().chain(labels.into_keys()).collect(),
    }
}

/// Labels by the image whose name differs only in case, where exactly one image and one label file match.
fn by_capitals(images: &Files, labels: &Files) -> BTreeMap<String, String> {
    let folded = |files: &Files| {
        let mut folded: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for stem in files.keys() {
            folded
                .entry(stem.to_lowercase())
                .or_default()
                .push(stem.clone());
        }
        folded
    };
    let mut labels = folded(labels);
    let both = folded(images).into_iter().filter_map(|(folded, images)| {
        match (images.as_slice(), labels.remove(&folded)?.as_slice()) {
            ([image], [label]) => Some((image.clone(), label.clone())),
            _ => None,
        }
    });
    both.collect()
}

/// The prefix and suffix that the names of one kind of files add to those of their counterparts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Affix {
    before: String,
    after: String,
}

impl Affix {
    /// The only affix by which every name in `shorter` becomes one in `longer`.
    fn of_all(shorter: &Files, longer: &Files) -> Option<Self> {
        let first = shorter.keys().next()?;
        if shorter.len() > longer.len() {
            return None;
        }
        let possible = longer.keys().filter_map(|stem| Self::between(first, stem));
        let fitting: BTreeSet<Self> = possible
            .filter(|affix| {
                shorter
                    .keys()
                    .all(|stem| longer.contains_key(&affix.added_to(stem)))
            })
            .collect();
        let mut fitting = fitting.into_iter();
        // With two of them (`x_mask`, `x_edges`), only the owner knows which are the labels.
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// What `longer` adds to `shorter`: words set off by punctuation, without digits, since digits number images.
    fn between(shorter: &str, longer: &str) -> Option<Self> {
        let place = longer.find(shorter)?;
        let (before, rest) = longer.split_at(place);
        let after = &rest[shorter.len()..];
        let digits = |text: &str| text.contains(|letter: char| letter.is_numeric());
        let set_off = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        let plain = set_off(before.chars().next_back()) && set_off(after.chars().next());
        (plain && !digits(before) && !digits(after)).then(|| Self {
            before: before.to_string(),
            after: after.to_string(),
        })
    }

    fn added_to(&self, stem: &str) -> String {
        format!("{}{stem}{}", self.before, self.after)
    }

    fn removed_from(&self, stem: &str) -> Option<String> {
        let stem = stem.strip_prefix(&self.before)?;
        stem.strip_suffix(&self.after).map(String::from)
    }
}

impl std::fmt::Display for Affix {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}NAME{}", self.before, self.after)
    }
}

/// Pairs the images of two folders with their labels. Files without a counterpart are a problem, skipped files a note.
pub(crate) fn pairs(
    images: &Path,
    labels: &Path,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Paired {
    let images_by_stem = images_by_stem(images, problems);
    let label_files = self::images_by_stem(labels, problems);
    if images_by_stem.is_empty() {
        problems.extend(near_misses::nothing_to_read(images));
    } else {
        notes.extend(near_misses::skipped(images));
    }
    pair_up(
        images_by_stem,
        label_files,
        [images, labels],
        "png",
        problems,
        notes,
    )
}
