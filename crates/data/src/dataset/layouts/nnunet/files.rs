//! The images and labels of one part of the set, training or test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::layouts::nnunet::description::Description;
use crate::error::DataError;
use crate::files::listing::entries;
use crate::files::names::volume_stem;
use crate::text::{counted, few};

/// Digits of a channel's number.
const CHANNEL_DIGITS: usize = 4;

/// An image with its labels.
pub(super) struct PairedFiles {
    pub(super) stem: String,
    pub(super) image: PathBuf,
    pub(super) labels: PathBuf,
}

/// The names in a folder that have the ending of the set, without it; other files are noted, and a folder without any is a problem.
fn names(
    folder: &Path,
    ending: &str,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let (with, others): (Vec<String>, Vec<String>) = entries(folder)
        .into_iter()
        .partition(|name| name.len() > ending.len() && name.ends_with(ending));
    if with.is_empty() {
        problems.push(DataError::new(
            folder,
            format!("files whose names end in {ending}, by \"file_ending\" in dataset.json"),
            if others.is_empty() {
                "an empty folder".to_string()
            } else {
                few(&others)
            },
            "correct \"file_ending\", or copy the files again",
        ));
    } else if !others.is_empty() {
        notes.push(format!(
            "{}: skipped, since their names do not end in {ending}: {}",
            folder.display(),
            few(&others)
        ));
    }
    let end = |name: String| name[..name.len() - ending.len()].to_string();
    with.into_iter().map(end).collect()
}

/// The name of a case and the channel of one of its images.
fn channel(stem: &str) -> Option<(&str, usize)> {
    let at = stem.len().checked_sub(CHANNEL_DIGITS + 1)?;
    let (case, rest) = stem
        .split_at_checked(at)
        .filter(|(case, _)| !case.is_empty())?;
    let digits = rest.strip_prefix('_')?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| Some((case, digits.parse().ok()?)))?
}

/// Pairs the images of a folder with the labels of another.
pub(super) fn paired(
    [images, labels]: &[PathBuf; 2],
    description: &Description,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Vec<PairedFiles> {
    let ending = &description.ending;
    let mut by_case: BTreeMap<String, Vec<(usize, PathBuf)>> = BTreeMap::new();
    let mut unnumbered = Vec::new();
    for stem in names(images, ending, problems, notes) {
        let file = images.join(format!("{stem}{ending}"));
        match channel(&stem) {
            Some((case, channel)) => by_case
                .entry(case.to_string())
                .or_default()
                .push((channel, file)),
            None if description.numbers_may_lack => {
                by_case.entry(stem).or_default().push((0, file));
            }
            None => unnumbered.push(format!("{stem}{ending}")),
        }
    }
    if !unnumbered.is_empty() {
        problems.push(DataError::new(
            images,
            format!("images named NAME_0000{ending}, with the number of the channel"),
            few(&unnumbered),
            "rename them",
        ));
    }
    check_channels(images, &by_case, description, problems);
    let mut found = Vec::new();
    let mut without_image = Vec::new();
    for stem in names(labels, ending, problems, notes) {
        let file = labels.join(format!("{stem}{ending}"));
        match by_case.remove(&stem) {
            Some(mut files) => {
                files.sort();
                let (_, image) = files.swap_remove(0);
                found.push(PairedFiles {
                    stem,
                    image,
                    labels: file,
                });
            }
            None => without_image.push(format!("{stem}{ending}")),
        }
    }
    let without_labels: Vec<String> = by_case.into_keys().collect();
    for (folder, other, kind, names) in [
        (images, labels, "labels", without_labels),
        (labels, images, "an image", without_image),
    ] {
        if !names.is_empty() {
            problems.push(DataError::new(
                folder,
                format!("{kind} in {} for each case", other.display()),
                format!("none for {}", few(&names)),
                "copy the missing files, or remove these, and correct \"numTraining\" in dataset.json",
            ));
        }
    }
    found
}

/// Checks that every case has the files that the channels of `dataset.json` call for.
fn check_channels(
    images: &Path,
    by_case: &BTreeMap<String, Vec<(usize, PathBuf)>>,
    description: &Description,
    problems: &mut Vec<DataError>,
) {
    let ending = &description.ending;
    let is_volume = volume_stem(Path::new(&format!("x{ending}"))).is_some();
    if description.channels == 3 && is_volume {
        problems.push(DataError::new(
            images,
            "volumes of one channel",
            "three channels in dataset.json",
            "keep one of them: copy its files as NAME_0000 into another folder, with a dataset.json of one channel",
        ));
        return;
    }
    let odd = by_case
        .iter()
        .filter(|(_, files)| files.len() != 1 || files[0].0 != 0);
    let odd: Vec<String> = odd
        .map(|(case, files)| {
            let numbers = files.iter().map(|(channel, _)| format!("{channel:04}"));
            format!("{case} ({})", numbers.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if odd.is_empty() {
        return;
    }
    let (expected, advice) = if description.channels == 3 {
        (
            "the three channels of an image in one file",
            "join them: PIL.Image.merge(\"RGB\", [red, green, blue])",
        )
    } else {
        (
            "one channel, by dataset.json",
            "remove the files of other channels, or copy the missing ones",
        )
    };
    problems.push(DataError::new(
        images,
        format!("{expected}: NAME_0000{ending} for each case"),
        format!(
            "other numbers for {}: {}",
            counted(odd.len(), "case"),
            few(&odd)
        ),
        advice,
    ));
}

#[cfg(test)]
mod tests {
    use super::channel;

    #[test]
    fn a_name_ends_in_the_channel() {
        assert_eq!(channel("heart_01_0000"), Some(("heart_01", 0)));
        assert_eq!(channel("é_0012"), Some(("é", 12)));
        for other in [
            "heart",
            "heart_000",
            "heart0000",
            "_0000",
            "heart_00a0",
            "é0000",
        ] {
            assert_eq!(channel(other), None, "{other}");
        }
    }
}
