//! Joins images with their labels: one file, or several masks, for each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::dataset::case::Mask;
use crate::dataset::layouts::folder::listing::{Files, Listed, subfolders};
use crate::dataset::layouts::folder::suffixes::{of_numbered, without_suffix};
use crate::dataset::layouts::folder::words::{image_ends, without_end};
use crate::error::DataError;
use crate::files::pairing::Paired;
use crate::text::{counted, few};

/// Most masks of one image.
const MOST_MASKS: usize = 10_000;

/// Images with their labels; those with several masks, or with masks of one class, by stem.
#[derive(Default)]
pub(super) struct Joined {
    pub(super) paired: Paired,
    pub(super) masks: BTreeMap<String, Vec<Mask>>,
    /// How files were understood where nothing states it.
    pub(super) guesses: Vec<String>,
}

/// Where labels are, and of which class.
pub(super) struct LabelPlace {
    pub(super) class: Option<u8>,
    pub(super) folder: PathBuf,
    /// What their names have in addition to those of their images.
    pub(super) suffix: String,
    /// Whether all have a number after that.
    pub(super) numbered: bool,
}

impl LabelPlace {
    /// The name that a label file shares with its image, and the number of the mask.
    fn shared<'a>(&self, stem: &'a str) -> Option<(&'a str, Option<u64>)> {
        if self.numbered {
            of_numbered(stem, &self.suffix)
        } else {
            without_suffix(stem, &self.suffix)
        }
    }
}

/// A mask, by class and number.
type Numbered = (Option<u8>, Option<u64>, PathBuf);

/// Joins the images of a folder with the labels in these places.
pub(super) fn join(
    folder: &Path,
    images: &Files,
    places: &[LabelPlace],
    image_suffix: &str,
    problems: &mut Vec<DataError>,
) -> Joined {
    let mut joined = Joined::default();
    let mut masks: BTreeMap<String, Vec<Numbered>> = BTreeMap::new();
    // Labels next to their images are no images.
    let mut labels_here: BTreeSet<String> = BTreeSet::new();
    for place in places {
        let files = Listed::of(&place.folder, problems).any();
        for (stem, file) in files {
            let Some((base, number)) = place.shared(&stem) else {
                continue;
            };
            if place.folder == folder {
                labels_here.insert(stem.clone());
            }
            let of_image = masks.entry(base.to_string()).or_default();
            of_image.push((place.class, number, file));
        }
        if place.folder != folder {
            for name in subfolders(&place.folder) {
                let inside = Listed::of(&place.folder.join(&name), problems);
                let of_image = masks.entry(name).or_default();
                of_image.extend(
                    inside
                        .any()
                        .into_values()
                        .map(|file| (place.class, None, file)),
                );
            }
        }
    }
    let images: Vec<(&String, &PathBuf)> = images
        .iter()
        .filter(|(stem, _)| !labels_here.contains(*stem))
        .collect();
    let shared = shared_names(folder, &images, &masks, image_suffix, &mut joined, problems);
    let mut without = Vec::new();
    for ((stem, image), name) in images.into_iter().zip(shared) {
        let found = name
            .and_then(|name| masks.remove(&name))
            .unwrap_or_default();
        if found.is_empty() {
            without.push(stem.clone());
            continue;
        }
        joined.add(stem, image, found, problems);
    }
    masks.retain(|_, files| !files.is_empty());
    report_alone(folder, places, &without, &masks, &joined, problems);
    joined.paired.alone = without;
    joined.paired.alone.extend(masks.into_keys());
    joined
}

/// The name that each image shares with its labels: with a suffix from the recipe, without it; otherwise the whole name, or the name
/// without the one usual word that all others have.
fn shared_names(
    folder: &Path,
    images: &[(&String, &PathBuf)],
    masks: &BTreeMap<String, Vec<Numbered>>,
    suffix: &str,
    joined: &mut Joined,
    problems: &mut Vec<DataError>,
) -> Vec<Option<String>> {
    let mut guessed = BTreeSet::new();
    let names = images.iter().map(|(stem, _)| {
        if !suffix.is_empty() {
            return without_end(stem, suffix).map(String::from);
        }
        if masks.contains_key(*stem) {
            return Some((*stem).clone());
        }
        let (base, end) = image_ends(stem).find(|(base, _)| masks.contains_key(*base))?;
        guessed.insert(end.to_lowercase());
        Some(base.to_string())
    });
    let names = names.collect();
    let guessed: Vec<String> = guessed.into_iter().collect();
    match &guessed[..] {
        [] => {}
        [end] => joined.guesses.push(format!(
            "{}: images are the files NAME{end} (data.image_suffix = \"{end}\")",
            folder.display()
        )),
        [first, ..] => problems.push(DataError::new(
            folder,
            "images with one ending",
            format!("several: {}", few(&guessed)),
            format!("name it in the recipe, such as data.image_suffix = \"{first}\""),
        )),
    }
    names
}

impl Joined {
    fn add(
        &mut self,
        stem: &str,
        image: &Path,
        mut found: Vec<Numbered>,
        problems: &mut Vec<DataError>,
    ) {
        if found.len() > MOST_MASKS {
            problems.push(DataError::new(
                image,
                format!("at most {MOST_MASKS} masks of one image"),
                counted(found.len(), "mask"),
                "save them in one file with class numbers",
            ));
            return;
        }
        found.sort();
        let (_, _, first) = &found[0];
        let pair = (stem.to_string(), image.to_path_buf(), first.clone());
        self.paired.pairs.push(pair);
        if found.len() > 1 || found[0].0.is_some() {
            let masks = found
                .into_iter()
                .map(|(class, _, file)| Mask { class, file });
            self.masks.insert(stem.to_string(), masks.collect());
        }
    }
}

/// The problems of images without labels and of labels without an image.
fn report_alone(
    folder: &Path,
    places: &[LabelPlace],
    images: &[String],
    masks: &BTreeMap<String, Vec<Numbered>>,
    joined: &Joined,
    problems: &mut Vec<DataError>,
) {
    let names = places.iter().map(|place| {
        let number = if place.numbered { "_NUMBER" } else { "" };
        let name = format!("NAME{}{number}", place.suffix);
        place.folder.join(name).display().to_string()
    });
    let names: Vec<String> = names.collect();
    let labels: Vec<String> = masks
        .values()
        .flatten()
        .filter_map(|(_, _, file)| Some(file.file_name()?.to_string_lossy().into_owned()))
        .collect();
    if joined.paired.pairs.is_empty() && !images.is_empty() && !labels.is_empty() {
        problems.push(nothing_joined(folder, images, &places[0].folder, &labels));
        return;
    }
    if !images.is_empty() {
        problems.push(DataError::new(
            folder,
            format!("labels {} for every image", few(&names)),
            format!("none for {}", few(images)),
            "add the labels, or move these images away",
        ));
    }
    if !labels.is_empty() {
        problems.push(DataError::new(
            &places[0].folder,
            format!("an image in {} for all labels", folder.display()),
            format!("none for {}", few(&labels)),
            "add the images, or move these labels away",
        ));
    }
}

/// The problem of images and labels of which no two have the same name.
pub(super) fn nothing_joined(
    images: &Path,
    image_names: &[String],
    labels: &Path,
    label_names: &[String],
) -> DataError {
    let three = |names: &[String]| {
        let shown = names.iter().take(3).cloned().collect::<Vec<_>>();
        let more = names.len() - shown.len();
        let more = (more > 0).then(|| format!(" and {more} more"));
        shown.join(", ") + &more.unwrap_or_default()
    };
    DataError::new(
        labels,
        format!(
            "labels with the names of the images in {}",
            images.display()
        ),
        format!(
            "no such pair: images {}; labels {}",
            three(image_names),
            three(label_names)
        ),
        "name what is added to the common part: data.label_suffix = \"_mask\" for NAME_mask.png, data.image_suffix = \"_image\" for \
         NAME_image.png; or rename the labels",
    )
}
