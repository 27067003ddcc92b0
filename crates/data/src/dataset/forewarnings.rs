//! What should be known before a training and can be told without decoding an image.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use super::{Case, Dataset};
use crate::Split;
use crate::decode::is_turned;
use crate::file::open_file;
use crate::nifti::volume_stem;
use crate::text::few;

/// Bytes at the beginning of files that tell most of them apart.
const HEAD: u64 = 1 << 16;

impl Dataset {
    /// What was read in one of several meanings, images that lie in the set more than once, and photographs that their
    /// cameras turned. Reads the files of images only where two have the same length.
    pub fn forewarnings(&self) -> Vec<String> {
        let mut warnings = self.notes.clone();
        let mut cases: Vec<(&Case, Split)> = Vec::new();
        for split in Split::ALL {
            // With `data.overfit`, all three splits are the same images.
            if !self.is_one_split || cases.is_empty() {
                cases.extend(self.cases(split).iter().map(|case| (case, split)));
            }
        }
        warnings.extend(self.repeated(&cases));
        warnings.extend(self.turned(&cases));
        warnings
    }

    /// Images whose files are the same, byte by byte: across splits they make scores too good, within one they count twice.
    fn repeated(&self, cases: &[(&Case, Split)]) -> Vec<String> {
        let length = |path: &Path| open_file(path).ok().map(|(_, length)| length);
        let same = groups(vec![cases.to_vec()], length);
        let same = groups(same, |path| checksum(path, HEAD));
        let same = groups(same, |path| checksum(path, u64::MAX));
        let (mut across, mut within) = (Vec::new(), Vec::new());
        for group in same {
            let named = |(case, split): &(&Case, Split)| format!("{} ({split})", self.place(case));
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
            warnings.push(format!(
                "the same image more than once in a split: {}",
                few(&within)
            ));
        }
        warnings
    }

    /// Photographs with an EXIF orientation: half of all tools draw labels on the pixels as they are stored.
    fn turned(&self, cases: &[(&Case, Split)]) -> Option<String> {
        let names: Vec<String> = cases
            .par_iter()
            .filter(|(case, _)| volume_stem(&case.image).is_none() && is_turned(&case.image))
            .map(|(case, _)| self.place(case))
            .collect();
        (!names.is_empty()).then(|| {
        format!(
            "{} photographs are turned as their cameras say (EXIF), and their labels taken as drawn on what viewers show: {}; if \
             labels were drawn on the stored pixels, as Python's PIL and imageio read them, `exiftool -Orientation= FILES` \
             makes the photographs fit",
            names.len(),
            few(&names)
        )
    })
    }

    /// Where a case's image lies in the set.
    fn place(&self, case: &Case) -> String {
        let inside = case.image.strip_prefix(&self.root);
        inside.unwrap_or(&case.image).display().to_string()
    }
}

/// Parts of `groups`, of at least two images each, that have the same key; what has none is left out.
fn groups<K: Ord + Send>(
    groups: Vec<Vec<(&Case, Split)>>,
    key: impl Fn(&Path) -> Option<K> + Sync,
) -> Vec<Vec<(&Case, Split)>> {
    let parted = groups.into_par_iter().map(|group| {
        let keys: Vec<Option<K>> = group.par_iter().map(|(case, _)| key(&case.image)).collect();
        let mut by_key: BTreeMap<K, Vec<(&Case, Split)>> = BTreeMap::new();
        for (case, key) in group.into_iter().zip(keys) {
            if let Some(key) = key {
                by_key.entry(key).or_default().push(case);
            }
        }
        by_key
            .into_values()
            .filter(|group| group.len() > 1)
            .collect::<Vec<_>>()
    });
    let mut parted: Vec<_> = parted.flatten().collect();
    parted.sort_by_key(|group| group[0].0.image.clone());
    parted
}

/// A number that differs wherever the first `most` bytes of two files differ, but for one chance in 2⁶⁴.
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
