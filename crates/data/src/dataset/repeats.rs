//! Images that occur more than once: across splits they make scores too good, within one they count twice.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::files::open::open_file;
use crate::options::split::Split;
use crate::text::few;

/// Cases with their splits.
type Group<'a> = Vec<(&'a Case, Split)>;

/// Number of first bytes that distinguish most files.
const HEAD: u64 = 1 << 16;

/// Warns of images that are equal; each group is one image.
pub(crate) fn repeats(dataset: &Dataset, mut groups: Vec<Group<'_>>) -> Vec<String> {
    groups.sort_by_key(|group| &group[0].0.image);
    let named = |(case, split): &(&Case, Split)| format!("{} ({split})", dataset.place(case));
    let (mut across, mut within) = (Vec::new(), Vec::new());
    for group in groups {
        let (_, first) = group[0];
        match group.iter().find(|(_, split)| *split != first) {
            Some(other) => across.push(format!("{} and {}", named(&group[0]), named(other))),
            None => within.push(format!("{} and {}", named(&group[0]), named(&group[1]))),
        }
    }
    let mut warnings = Vec::new();
    if !across.is_empty() {
        warnings.push(format!(
            "the same image in two splits, which makes scores too good: {}; keep one of each, or give them one patient",
            few(&across)
        ));
    }
    if !within.is_empty() {
        let names = few(&within);
        warnings.push(format!("the same image more than once in a split: {names}"));
    }
    warnings
}

/// Cases whose image files are equal byte by byte.
pub(crate) fn same_files(cases: Group<'_>) -> Vec<Group<'_>> {
    let length = |path: &Path| open_file(path).ok().map(|(_, length)| length);
    let same = divided(vec![cases], length);
    let same = divided(same, |path| checksum(path, HEAD));
    divided(same, |path| checksum(path, u64::MAX))
}

/// Divides `groups` into groups of at least two images whose files have the same key; files without a key are omitted.
fn divided<K: Ord + Send>(
    groups: Vec<Group<'_>>,
    key: impl Fn(&Path) -> Option<K> + Sync,
) -> Vec<Group<'_>> {
    let divided = groups.into_par_iter().map(|group| {
        let keys: Vec<Option<K>> = group.par_iter().map(|(case, _)| key(&case.image)).collect();
        same_key(group.into_iter().zip(keys))
    });
    divided.flatten().collect()
}

/// Groups of at least two cases with the same key; cases without a key are omitted.
pub(crate) fn same_key<'a, K: Ord>(
    cases: impl Iterator<Item = ((&'a Case, Split), Option<K>)>,
) -> Vec<Group<'a>> {
    let mut by_key: BTreeMap<K, Group<'_>> = BTreeMap::new();
    for (case, key) in cases {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(case);
        }
    }
    by_key
        .into_values()
        .filter(|group| group.len() > 1)
        .collect()
}

/// A 64-bit checksum of the first `most` bytes of a file.
fn checksum(path: &Path, most: u64) -> Option<u64> {
    let (file, _) = open_file(path).ok()?;
    let mut file = file.take(most);
    let mut hasher = DefaultHasher::new();
    let mut part = vec![0; HEAD as usize];
    loop {
        match file.read(&mut part).ok()? {
            0 => return Some(hasher.finish()),
            count => hasher.write(&part[..count]),
        }
    }
}
