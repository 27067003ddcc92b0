//! Files of a folder that are not read but whose names come close to those that are missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::files::listing::entries;
use crate::files::names::{
    CONVERTIBLE, EXTENSIONS, ends_as, is_image, volume_stem, without_extension,
};
use crate::files::unsupported_volumes::is_volume;
use crate::text::few;

/// Similar files that are shown for each missing name.
const MAX_SHOWN: usize = 2;
/// The extension of volumes, which has two parts.
const VOLUME: &str = "nii.gz";
/// Missing names for which similar files are searched.
const MAX_NAMES: usize = 20;

/// The problem of images without labels, with files of similar names.
pub(crate) fn images_alone(
    images: &BTreeMap<String, PathBuf>,
    [folder, labels]: [&Path; 2],
    extension: &str,
) -> Option<DataError> {
    let (stem, image) = images.first_key_value()?;
    // Images may have any of their extensions.
    let read = if EXTENSIONS.contains(&extension) {
        &EXTENSIONS[..]
    } else {
        &[extension]
    };
    let near = NearMisses::new(images, labels, read);
    if images.len() == 1 {
        return Some(DataError::new(
            image,
            format!(
                "its labels as {}",
                labels.join(format!("{stem}.{extension}")).display()
            ),
            format!("no such file{}", near.describe()),
            near.advice("add the labels, or remove the image", labels),
        ));
    }
    Some(DataError::new(
        folder,
        format!(
            "labels of the same name in {} for every image",
            labels.display()
        ),
        format!("none for {}{}", few(&names(images)), near.describe()),
        near.advice("add the labels, or remove the images", labels),
    ))
}

/// The problem of labels without an image, with files of similar names.
pub(crate) fn labels_alone(
    labels: &BTreeMap<String, PathBuf>,
    [images, folder]: [&Path; 2],
) -> Option<DataError> {
    let (stem, label) = labels.first_key_value()?;
    let near = NearMisses::new(labels, images, &EXTENSIONS);
    if labels.len() == 1 {
        return Some(DataError::new(
            label,
            format!("its image in {} with the name {stem}", images.display()),
            format!("no such file{}", near.describe()),
            near.advice("add the image, or remove the labels", images),
        ));
    }
    Some(DataError::new(
        folder,
        format!(
            "an image of the same name in {} for all labels",
            images.display()
        ),
        format!("none for {}{}", few(&names(labels)), near.describe()),
        near.advice("add the images, or remove the labels", images),
    ))
}

fn names(files: &BTreeMap<String, PathBuf>) -> Vec<String> {
    let names = files.values().filter_map(|path| path.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// The problem of a folder that contains files or folders but no image that can be read.
pub(crate) fn nothing_to_read(folder: &Path) -> Option<DataError> {
    let endings = EXTENSIONS.join(", ");
    let expected = format!("image files ({endings})");
    let inside = folders_with_images(folder);
    if let Some(first) = inside.first() {
        return Some(DataError::new(
            folder,
            expected,
            format!("only in the folders {}", few(&inside)),
            format!(
                "move the images up, and their labels as well, with the folder in their names ({first}_NAME.png); \
                 data.patient_pattern = '^(.+)_' then makes each folder one patient"
            ),
        ));
    }
    let others: Vec<String> = entries(folder)
        .into_iter()
        .filter(|name| is_image(name))
        .collect();
    (!others.is_empty()).then(|| {
        DataError::new(
            folder,
            expected,
            few(&others),
            format!(
                "save them as PNG: `magick mogrify -format png {}/*`",
                folder.display()
            ),
        )
    })
}

/// A note on what is skipped in a folder of images: folders with images, images of other formats, and volumes.
pub(crate) fn skipped(folder: &Path) -> Option<String> {
    let mut names = folders_with_images(folder);
    for name in &mut names {
        name.push('/');
    }
    names.extend(
        entries(folder)
            .into_iter()
            .filter(|name| is_volume(name) || is_image(name) && !ends_as(name, &EXTENSIONS)),
    );
    (!names.is_empty()).then(|| format!("{}: skipped: {}", folder.display(), few(&names)))
}

fn folders_with_images(folder: &Path) -> Vec<String> {
    let holds_images = |name: &String| {
        entries(&folder.join(name))
            .iter()
            .any(|name| is_image(name))
    };
    entries(folder).into_iter().filter(holds_images).collect()
}

/// Files and folders whose names are similar to missing ones.
struct NearMisses {
    /// Files whose name contains a missing one or is contained in it, with an extension that is not read.
    endings: Vec<String>,
    /// Files of a readable format whose names are longer, shorter or differ in case.
    longer: Vec<String>,
    /// Folders with images inside.
    folders: Vec<String>,
    /// Whether volumes are missing, and not images.
    are_volumes: bool,
}

impl NearMisses {
    fn new(wanted: &BTreeMap<String, PathBuf>, folder: &Path, read: &[&str]) -> Self {
        let there: Vec<(String, String)> = entries(folder)
            .into_iter()
            .map(|name| (without_extension(&name).to_lowercase(), name))
            .collect();
        let (mut endings, mut longer) = (Vec::new(), Vec::new());
        for stem in wanted.keys().take(MAX_NAMES) {
            let stem = stem.to_lowercase();
            let close = there
                .iter()
                .filter(|(other, _)| contains_word(other, &stem) || contains_word(&stem, other));
            for (_, name) in close.take(MAX_SHOWN) {
                let is_volume = read == [VOLUME] && volume_stem(Path::new(name)).is_some();
                let names = if is_volume || ends_as(name, read) {
                    &mut longer
                } else {
                    &mut endings
                };
                names.push(name.clone());
            }
        }
        Self {
            endings,
            longer,
            folders: folders_with_images(folder),
            are_volumes: read == [VOLUME],
        }
    }

    fn describe(&self) -> String {
        let kinds = [
            ("; of a format that is not read: ", &self.endings),
            ("; with similar names: ", &self.longer),
            ("; in nested folders, which are not read: ", &self.folders),
        ];
        kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(kind, names)| kind.to_string() + &few(names))
            .collect()
    }

    /// How the similar files could be read; `usual` if there are none.
    fn advice(&self, usual: &str, folder: &Path) -> String {
        let shown = folder.display();
        if let Some(name) = self.endings.first() {
            if self.are_volumes {
                return "save these files as NIfTI (.nii.gz)".into();
            }
            let ending = name.rsplit('.').next().unwrap_or_default();
            let command = if CONVERTIBLE.contains(&ending.to_lowercase().as_str()) {
                format!(": `magick mogrify -format png {shown}/*.{ending}`")
            } else {
                String::new()
            };
            return format!("save these files as PNG{command}");
        }
        if !self.longer.is_empty() {
            return "give an image and its labels the same name; one word at the beginning or end of all labels' names, such \
                    as NAME_mask.png, is read too"
                .into();
        }
        if let Some(first) = self.folders.first() {
            return format!("move the files up, out of {shown}/{first}");
        }
        usual.into()
    }
}

/// Whether a name contains another as a word of its own.
fn contains_word(name: &str, word: &str) -> bool {
    let set_off = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    !word.is_empty()
        && name.match_indices(word).any(|(place, _)| {
            set_off(name[..place].chars().next_back())
                && set_off(name[place + word.len()..].chars().next())
        })
}
