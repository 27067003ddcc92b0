//! The images and labels of one place: of the whole set, or of one of its folders of splits.

use std::collections::BTreeSet;
use std::path::Path;

use crate::dataset::layouts::folder::arrangement::Arrangement;
use crate::dataset::layouts::folder::classes::label_places;
use crate::dataset::layouts::folder::image_folders;
use crate::dataset::layouts::folder::joining::{Joined, join, nothing_joined};
use crate::dataset::layouts::folder::listing::{Listed, subfolders};
use crate::dataset::layouts::folder::suffixes::suffix_of_numbered;
use crate::error::DataError;
use crate::files::names::without_extension;
use crate::files::pairing::{pair_up, pairs};
use crate::options::DataOptions;
use crate::text::few;

/// The images of a folder with their labels; none if it has nothing that looks like them, or a problem.
pub(super) fn find(
    place: &Path,
    class_names: &[String],
    options: &DataOptions,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Option<Joined> {
    let arrangement = match Arrangement::find(place, options) {
        Ok(Some(arrangement)) => arrangement,
        Ok(None) => return image_folders::find(place, problems),
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    if place.join("labels").is_dir() && place.join("masks").is_dir() && options.labels.is_empty() {
        problems.push(DataError::new(
            place,
            "labels in labels/ or in masks/",
            "both folders",
            "move away the one that should not be read",
        ));
    }
    let mut places = label_places(place, &arrangement, class_names, options);
    let image_suffix = without_extension(&options.image_suffix);
    let says_how = options.label_files.len() + image_suffix.len() + arrangement.suffix.len() > 0;
    let mut joined = if says_how || arrangement.is_one_folder() {
        let files = Listed::of(&arrangement.images, problems);
        let files = files.any();
        join(&arrangement.images, &files, &places, image_suffix, problems)
    } else {
        let (images, labels) = (&arrangement.images, &arrangement.labels);
        let listed = [images, labels].map(|folder| Listed::of(folder, &mut Vec::new()));
        let [image_files, label_files] = &listed;
        let stems = image_files.stems();
        let stems: BTreeSet<&str> = stems.into_iter().collect();
        let numbered = suffix_of_numbered(&stems, &label_files.stems());
        let nested = subfolders(labels);
        if let Some(suffix) = numbered {
            let guess = format!(
                "{}: labels are masks NAME{suffix}_NUMBER, of which those of one image are drawn together",
                labels.display()
            );
            places[0].suffix = suffix;
            places[0].numbered = true;
            let files = Listed::of(images, problems).any();
            let mut joined = join(images, &files, &places, image_suffix, problems);
            joined.guesses.push(guess);
            joined
        } else if label_files.is_empty() && !image_files.is_empty() && !nested.is_empty() {
            if nested.iter().all(|name| !stems.contains(name.as_str())) {
                problems.push(folders_of_classes(place, labels, &nested));
                return None;
            }
            let files = Listed::of(images, problems).any();
            let mut joined = join(images, &files, &places, image_suffix, problems);
            joined.guesses.push(format!(
                "{}: a folder of masks for each image, which are drawn together",
                labels.display()
            ));
            joined
        } else {
            two_folders(images, labels, &listed, problems, notes)
        }
    };
    joined.guesses.extend(arrangement.guess);
    Some(joined)
}

/// Pairs the files of two folders by name.
fn two_folders(
    images: &Path,
    labels: &Path,
    [image_files, label_files]: &[Listed; 2],
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Joined {
    let volumes = !image_files.volumes.is_empty()
        && (image_files.images.is_empty()
            || (label_files.images.is_empty() && !label_files.volumes.is_empty()));
    let mut own = Vec::new();
    let paired = if volumes {
        // Reports two volumes of one name.
        let [one, other] = [images, labels].map(|folder| Listed::of(folder, &mut own).volumes);
        pair_up(one, other, [images, labels], "nii.gz", &mut own, notes)
    } else {
        pairs(images, labels, &mut own, notes)
    };
    let names = |files: &Listed| -> Vec<String> {
        let files = if volumes {
            &files.volumes
        } else {
            &files.images
        };
        let names = files.values().filter_map(|path| path.file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    };
    let (one, other) = (names(image_files), names(label_files));
    if paired.pairs.is_empty() && one.len() > 1 && other.len() > 1 {
        own.retain(|problem| problem.file != images && problem.file != labels);
        own.push(nothing_joined(images, &one, labels, &other));
    }
    problems.append(&mut own);
    Joined {
        paired,
        ..Joined::default()
    }
}

/// The problem of folders of masks that are not named as images: each may be a class.
fn folders_of_classes(place: &Path, labels: &Path, names: &[String]) -> DataError {
    let below = labels.strip_prefix(place).unwrap_or(labels).display();
    let classes: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let files: Vec<String> = names
        .iter()
        .take(20)
        .map(|name| format!("\"{name}\" = \"{below}/{name}/\""))
        .collect();
    DataError::new(
        labels,
        "label files, or a folder of masks with the name of each image",
        format!("the folders {}", few(names)),
        format!(
            "if each is a class, name them in the recipe: data.classes = [\"background\", {}] and data.label_files = {{ {} }}",
            classes
                .iter()
                .take(20)
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
            files.join(", ")
        ),
    )
}
