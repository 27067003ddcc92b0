//! The usual names of folders of images and of labels, and the usual ends of their files' names.

/// Names of folders of images, in lower case and without `_`, `-` and spaces.
const IMAGE_FOLDERS: [&str; 20] = [
    "frames",
    "image",
    "images",
    "imagestr",
    "img",
    "imgs",
    "input",
    "inputs",
    "jpegimages",
    "original",
    "originals",
    "photo",
    "photographs",
    "photos",
    "picture",
    "pictures",
    "scan",
    "scans",
    "slices",
    "volumes",
];

/// Names of folders of labels, spelt as those of images.
const LABEL_FOLDERS: [&str; 20] = [
    "annotation",
    "annotations",
    "groundtruth",
    "groundtruths",
    "gt",
    "gts",
    "label",
    "labels",
    "labelstr",
    "mask",
    "masks",
    "seg",
    "segmentation",
    "segmentationclass",
    "segmentations",
    "segs",
    "target",
    "targets",
    "truth",
    "truths",
];

/// Words at the end of the names of labels.
const LABEL_WORDS: [&str; 12] = [
    "annotation",
    "annotations",
    "ground_truth",
    "groundtruth",
    "gt",
    "label",
    "labels",
    "mask",
    "masks",
    "seg",
    "segmentation",
    "truth",
];

/// Words at the end of the names of images.
const IMAGE_WORDS: [&str; 8] = [
    "image", "img", "input", "orig", "original", "photo", "raw", "scan",
];

/// What sets a word or a number off from the rest of a name.
pub(super) const SEPARATORS: [char; 4] = ['_', '-', '.', ' '];

pub(super) fn is_image_folder(name: &str) -> bool {
    IMAGE_FOLDERS.contains(&&*plain(name))
}

pub(super) fn is_label_folder(name: &str) -> bool {
    LABEL_FOLDERS.contains(&&*plain(name))
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !SEPARATORS.contains(letter));
    letters.flat_map(char::to_lowercase).collect()
}

/// The parts of a name before and from the separator before one of the usual words for labels.
pub(super) fn label_ends(stem: &str) -> impl Iterator<Item = (&str, &str)> {
    ends(stem, &LABEL_WORDS)
}

/// The parts of a name before and from the separator before one of the usual words for images.
pub(super) fn image_ends(stem: &str) -> impl Iterator<Item = (&str, &str)> {
    ends(stem, &IMAGE_WORDS)
}

fn ends<'a>(stem: &'a str, words: &'static [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    words.iter().filter_map(move |word| {
        let base = without_end(stem, word)?;
        let base = base.strip_suffix(SEPARATORS)?;
        (!base.is_empty()).then(|| stem.split_at(base.len()))
    })
}

/// A name without this ending, in upper or lower case; `None` if it has another one or nothing else.
pub(super) fn without_end<'a>(stem: &'a str, end: &str) -> Option<&'a str> {
    let at = stem.len().checked_sub(end.len()).filter(|at| *at > 0)?;
    let (base, found) = stem.split_at_checked(at)?;
    found.eq_ignore_ascii_case(end).then_some(base)
}
