//! Which image belongs to which labels, by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::close;
use crate::DataError;
use crate::text::counted;

/// Files by stem.
type Files = BTreeMap<String, PathBuf>;

/// What two folders have in common.
#[derive(Default)]
pub(crate) struct Paired {
    /// The image's stem, the image, its labels.
    pub(crate) pairs: Vec<(String, PathBuf, PathBuf)>,
    /// Stems of images and labels without a partner.
    pub(crate) alone: Vec<String>,
}

/// Images with their labels; `folders` of both and the labels' usual `extension` are for errors.
///
/// Names are to be the same. Those that differ in capitals alone are taken too, and so is one beginning or end that the
/// names of all labels have beside their images' (`scan1_mask` for `scan1`), or the other way round; both are notes.
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
            "{}: {} paired with images whose names are the same in other capitals",
            folders[1].display(),
            counted(in_capitals, "label file")
        ));
    }
    // Where some names are the same, those that are not are slips.
    let none_is_the_same = same + in_capitals == 0;
    if let Some(affix) = Affix::of_all(&images, &labels).filter(|_| none_is_the_same) {
        notes.push(format!(
            "{}: labels are taken by their names {affix}",
            folders[1].display()
        ));
        take(&mut images, &mut labels, &|stem| Some(affix.added_to(stem)));
    } else if let Some(affix) = Affix::of_all(&labels, &images).filter(|_| none_is_the_same) {
        notes.push(format!(
            "{}: images are taken by their names {affix}",
            folders[0].display()
        ));
        take(&mut images, &mut labels, &|stem| affix.removed_from(stem));
    }
    problems.extend(close::images_alone(&images, folders, extension));
    problems.extend(close::labels_alone(&labels, folders));
    pairs.sort();
    Paired {
        pairs,
        alone: images.into_keys().chain(labels.into_keys()).collect(),
    }
}

/// Labels by the image that differs from them in capitals alone, where that is one image and one file of labels.
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

/// What the names of one kind of files have before and behind those of their partners.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Affix {
    before: String,
    behind: String,
}

impl Affix {
    /// The only one that every name in `longer` has beside that of its partner in `shorter`, for all of these.
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

    /// What `longer` has beside `shorter`: words set off by a mark, without digits, which number images.
    fn between(shorter: &str, longer: &str) -> Option<Self> {
        let place = longer.find(shorter)?;
        let (before, rest) = longer.split_at(place);
        let behind = &rest[shorter.len()..];
        let digits = |text: &str| text.contains(|letter: char| letter.is_numeric());
        let set_off = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        let plain = set_off(before.chars().next_back()) && set_off(behind.chars().next());
        (plain && !digits(before) && !digits(behind)).then(|| Self {
            before: before.to_string(),
            behind: behind.to_string(),
        })
    }

    fn added_to(&self, stem: &str) -> String {
        format!("{}{stem}{}", self.before, self.behind)
    }

    fn removed_from(&self, stem: &str) -> Option<String> {
        let stem = stem.strip_prefix(&self.before)?;
        stem.strip_suffix(&self.behind).map(String::from)
    }
}

impl std::fmt::Display for Affix {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}NAME{}", self.before, self.behind)
    }
}
