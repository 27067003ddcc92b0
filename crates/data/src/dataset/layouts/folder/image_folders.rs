//! A folder for each image, with the image in `images/` and its masks in `masks/` (or `labels/`).

use std::path::Path;

use crate::dataset::case::Mask;
use crate::dataset::layouts::folder::arrangement::usual_folders;
use crate::dataset::layouts::folder::joining::Joined;
use crate::dataset::layouts::folder::listing::{Listed, subfolders};
use crate::error::DataError;
use crate::text::{counted, few};

/// The images of a folder whose folders each contain one image and its masks; none for any other folder.
pub(super) fn find(place: &Path, problems: &mut Vec<DataError>) -> Option<Joined> {
    let names = subfolders(place);
    let of_images = |name: &&String| usual_folders(&place.join(name)).is_some();
    let (with, without): (Vec<&String>, Vec<&String>) = names.iter().partition(of_images);
    // One such folder is a set in a folder.
    if with.len() < 2 {
        return None;
    }
    let mut joined = Joined::default();
    let mut own = Vec::new();
    let mut empty = Vec::new();
    for name in &with {
        let (images, masks) = usual_folders(&place.join(name))?;
        let images = Listed::of(&images, &mut own).images;
        let masks = Listed::of(&masks, &mut own).images;
        if images.len() > 1 {
            return None;
        }
        let Some((stem, image)) = images.into_iter().next() else {
            empty.push((*name).clone());
            continue;
        };
        let Some(first) = masks.values().next() else {
            empty.push((*name).clone());
            continue;
        };
        if joined.masks.contains_key(&stem) {
            own.push(DataError::new(
                &image,
                "images of different names",
                format!("a second '{stem}'"),
                "rename one of them",
            ));
            continue;
        }
        let pair = (stem.clone(), image, first.clone());
        joined.paired.pairs.push(pair);
        let masks = masks.into_values().map(|file| Mask { class: None, file });
        joined.masks.insert(stem, masks.collect());
    }
    if joined.paired.pairs.is_empty() {
        return None;
    }
    if !empty.is_empty() {
        own.push(DataError::new(
            place,
            "an image in images/ and its masks in masks/, in each folder",
            format!("one of them missing in {}", few(&empty)),
            "add it, or move these folders away",
        ));
    }
    if !without.is_empty() {
        own.push(DataError::new(
            place,
            "images/ and masks/ in each folder",
            format!("neither in {}", few(&without)),
            "move these folders away",
        ));
    }
    problems.append(&mut own);
    joined.guesses.push(format!(
        "{}: {} with a folder for each, whose masks are drawn together",
        place.display(),
        counted(joined.paired.pairs.len(), "image")
    ));
    Some(joined)
}
