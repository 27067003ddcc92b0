//! The error of a folder that cannot be understood: what was seen, and the key that would join images and labels.

use std::path::Path;

use crate::dataset::contents::contents;
use crate::dataset::layouts::folder::listing::subfolders;
use crate::dataset::layouts::folder::suffixes::likely_suffix;
use crate::error::DataError;
use crate::files::listing::entries;
use crate::files::names::{EXTENSIONS, ends_as, volume_stem, without_extension};
use crate::options::DataOptions;
use crate::text::few;

/// Names that are shown of each folder.
const SHOWN: usize = 3;
/// Folders that are looked into.
const MOST_FOLDERS: usize = 100;

/// The error of a set in nnU-Net's format; none for other folders.
pub(super) fn of_nnunet(root: &Path) -> Option<DataError> {
    let is_one = root.join("imagesTr").is_dir() && root.join("dataset.json").is_file();
    is_one.then(|| {
        DataError::new(
            root,
            "a folder of images and labels that no file describes",
            "imagesTr/ and dataset.json, as nnU-Net writes them",
            "use data.kind = \"nnunet\": `selvedge data check nnunet DIR`, `selvedge train nnunet --data DIR`",
        )
    })
}

/// The error of a folder in which no images with labels were found.
pub(super) fn not_understood(root: &Path, options: &DataOptions) -> DataError {
    let named = [
        ("data.images", &options.images),
        ("data.labels", &options.labels),
    ];
    let named: Vec<String> = named
        .iter()
        .filter(|(_, name)| !name.is_empty())
        .map(|(key, name)| format!("{key} = \"{name}\""))
        .collect();
    let expected = if named.is_empty() {
        "images and their labels: in the folders images/ and labels/ (or masks/), or as NAME.jpg and NAME_mask.png next to each \
         other; here or below train/, validation/ and test/"
            .to_string()
    } else {
        format!(
            "images and their labels where the recipe names them ({}), here or below train/, validation/ and test/",
            named.join(", ")
        )
    };
    let mut seen: Vec<(String, Vec<String>)> = vec![(".".into(), names_in(root))];
    for name in subfolders(root).into_iter().take(MOST_FOLDERS) {
        let names = names_in(&root.join(&name));
        seen.push((name, names));
    }
    seen.retain(|(_, names)| !names.is_empty());
    if seen.is_empty() {
        return DataError::new(
            root,
            expected,
            contents(root),
            "give the folder that contains them, or name its folders in the recipe: data.images and data.labels",
        );
    }
    let described = seen.iter().map(|(folder, names)| {
        let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
        let more = match names.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ") + &more;
        if folder == "." {
            shown
        } else {
            format!("{folder}/ with {shown}")
        }
    });
    let described: Vec<String> = described.collect();
    DataError::new(root, expected, few_parts(&described), advice(&seen))
}

/// The key that would join what was seen.
fn advice(seen: &[(String, Vec<String>)]) -> String {
    match seen {
        [(folder, names)] => {
            let stems: Vec<&str> = names.iter().map(|name| stem(name)).collect();
            let place = if folder == "." {
                String::new()
            } else {
                format!("data.images = \"{folder}\", data.labels = \"{folder}\" and ")
            };
            if stems.windows(2).any(|pair| pair[0] == pair[1]) {
                return "files whose names differ in their extension only cannot be told apart: move the labels into a folder labels/, and the \
                        images into images/"
                    .into();
            }
            match likely_suffix(&stems) {
                Some(suffix) => format!(
                    "if \"{suffix}\" is what the names of labels end in, state it in the recipe: {place}data.label_suffix = \"{suffix}\" \
                     (on the command line --set 'data.label_suffix=\"{suffix}\"')"
                ),
                None => format!(
                    "name the end of the labels' names in the recipe, such as {place}data.label_suffix = \"_mask\", or move the labels into \
                     a folder labels/ and the images into images/"
                ),
            }
        }
        [(one, _), (other, _)] => format!(
            "name the folders in the recipe: data.images = \"{one}\" and data.labels = \"{other}\", or the other way round (on the command \
             line --set 'data.images=\"{one}\"' --set 'data.labels=\"{other}\"')"
        ),
        _ => "name the folders in the recipe: data.images and data.labels, from this folder on; if each class has a folder of masks, \
              data.classes and data.label_files, such as { liver = \"liver/\" }"
            .into(),
    }
}

/// A list whose parts contain commas.
fn few_parts(parts: &[String]) -> String {
    let quoted: Vec<String> = parts.iter().map(|part| format!("[{part}]")).collect();
    few(&quoted)
}

fn stem(name: &str) -> &str {
    without_extension(name)
}

/// The names of the images or volumes in a folder, also those that differ in their extension only.
fn names_in(folder: &Path) -> Vec<String> {
    let mut names = entries(folder);
    names.retain(|name| ends_as(name, &EXTENSIONS) || volume_stem(Path::new(name)).is_some());
    names
}
