//! Where the images and the labels of a folder are: as the recipe states, in `images/` and `labels/` (or `masks/`), or guessed.

use std::path::{Path, PathBuf};

use crate::dataset::contents::contents;
use crate::dataset::layouts::folder::listing::{Listed, subfolders};
use crate::dataset::layouts::folder::suffixes::suffixes_among;
use crate::dataset::layouts::folder::words::{is_image_folder, is_label_folder};
use crate::error::DataError;
use crate::options::DataOptions;
use crate::text::few;

/// Where images and labels are.
pub(super) struct Arrangement {
    pub(super) images: PathBuf,
    /// The same folder as that of the images, if they are next to each other.
    pub(super) labels: PathBuf,
    /// What the names of labels have in addition, if they are next to their images.
    pub(super) suffix: String,
    /// How it was guessed, if neither the recipe nor the usual names state it.
    pub(super) guess: Option<String>,
}

/// `images/` and `labels/` (or `masks/`).
pub(super) fn usual_folders(place: &Path) -> Option<(PathBuf, PathBuf)> {
    let images = place.join("images");
    let labels = ["labels", "masks"]
        .map(|name| place.join(name))
        .into_iter()
        .find(|labels| labels.is_dir())?;
    images.is_dir().then_some((images, labels))
}

impl Arrangement {
    /// The arrangement of a folder; none if it has nothing that looks like images and labels.
    ///
    /// # Errors
    ///
    /// Several arrangements are possible, or one of the folders in the recipe does not exist.
    pub(super) fn find(place: &Path, options: &DataOptions) -> Result<Option<Self>, DataError> {
        let named = [&options.images, &options.labels];
        if named.iter().all(|name| name.is_empty())
            && options.label_files.is_empty()
            && let Some((images, labels)) = usual_folders(place)
        {
            return Ok(Some(Self {
                images,
                labels,
                suffix: options.label_suffix.clone(),
                guess: None,
            }));
        }
        let [images, labels] = named.map(|name| (!name.is_empty()).then(|| below(place, name)));
        let given = [("data.images", &images), ("data.labels", &labels)];
        let missing: Vec<_> = given
            .iter()
            .filter_map(|(key, folder)| Some((*key, folder.as_ref()?)))
            .filter(|(_, folder)| !folder.is_dir())
            .collect();
        if let Some((key, folder)) = missing.first() {
            let count = given.iter().filter(|(_, folder)| folder.is_some()).count();
            if missing.len() == count {
                return Ok(None);
            }
            return Err(DataError::new(
                folder,
                format!("the folder that {key} names"),
                format!("{} with {}", place.display(), contents(place)),
                format!("correct {key}"),
            ));
        }
        let Some((images, guessed_images)) = one_of(place, images, is_image_folder, "data.images")?
        else {
            return Ok(None);
        };
        let by_folder = |file: &String| file.contains('/');
        let elsewhere =
            !options.label_files.is_empty() && options.label_files.values().all(by_folder);
        let labels = match labels {
            None if elsewhere => Some(images.clone()),
            given => given,
        };
        let named_labels = labels.is_some();
        let labels = match one_of(place, labels, is_label_folder, "data.labels")? {
            // Where there are no folders of labels, they may be next to the images.
            Some((labels, _)) if labels != place || named_labels => labels,
            _ => images.clone(),
        };
        let mut arrangement = Self {
            images,
            labels,
            suffix: options.label_suffix.clone(),
            guess: None,
        };
        if arrangement.is_one_folder() && options.label_files.is_empty() {
            if options.label_suffix.is_empty() {
                let Some(suffix) = arrangement.suffix_of_labels()? else {
                    return Ok(None);
                };
                arrangement.guess = Some(format!(
                    "{}: labels are the files NAME{suffix} next to their images (data.label_suffix = \"{suffix}\")",
                    arrangement.images.display()
                ));
                arrangement.suffix = suffix;
            }
        } else if guessed_images || !named_labels {
            arrangement.guess = arrangement.guess_of_folders(place);
        }
        Ok(Some(arrangement))
    }

    pub(super) fn is_one_folder(&self) -> bool {
        self.images == self.labels
    }

    fn guess_of_folders(&self, place: &Path) -> Option<String> {
        let name = |folder: &Path| match folder.strip_prefix(place) {
            Ok(below) if below != Path::new("") => below.display().to_string(),
            _ => ".".to_string(),
        };
        let (images, labels) = (name(&self.images), name(&self.labels));
        let set = place.display();
        if !self.is_one_folder() {
            return Some(format!(
                "{set}: images are in {images}/ and labels in {labels}/ (data.images = \"{images}\", data.labels = \"{labels}\")"
            ));
        }
        (self.images != place)
            .then(|| format!("{set}: images are in {images}/ (data.images = \"{images}\")"))
    }

    /// The only usual suffix of labels that are next to their images.
    fn suffix_of_labels(&self) -> Result<Option<String>, DataError> {
        let listed = Listed::of(&self.images, &mut Vec::new());
        let found = suffixes_among(&listed.stems());
        let shown: Vec<String> = found
            .iter()
            .map(|(suffix, count)| format!("\"{suffix}\" ({count})"))
            .collect();
        let mut suffixes = found.into_keys();
        match (suffixes.next(), suffixes.next()) {
            (Some(first), Some(second)) => Err(DataError::new(
                &self.images,
                "labels with one ending next to their images",
                format!("files with several: {}", few(&shown)),
                format!(
                    "name the one of the labels in the recipe, such as data.label_suffix = \"{first}\"; or, if each is a class, all of them: \
                     data.classes = [\"background\", \"one\", \"two\"] and data.label_files = {{ one = \"{first}\", two = \"{second}\" }}"
                ),
            )),
            (only, _) => Ok(only),
        }
    }
}

/// A folder by its name from `place` on.
pub(super) fn below(place: &Path, name: &str) -> PathBuf {
    let parts = Path::new(name).components();
    let parts = parts.filter(|part| *part != std::path::Component::CurDir);
    parts.fold(place.to_path_buf(), |folder, part| folder.join(part))
}

/// The given folder, or the only one with a usual name, or else `place` if there are images in it; and whether it was guessed.
fn one_of(
    place: &Path,
    given: Option<PathBuf>,
    usual: fn(&str) -> bool,
    key: &str,
) -> Result<Option<(PathBuf, bool)>, DataError> {
    if let Some(given) = given {
        return Ok(Some((given, false)));
    }
    let mut names = subfolders(place);
    names.retain(|name| usual(name));
    match &names[..] {
        [] => {
            let has_files = !Listed::of(place, &mut Vec::new()).is_empty();
            Ok(has_files.then(|| (place.to_path_buf(), true)))
        }
        [name] => Ok(Some((place.join(name), true))),
        [first, ..] => Err(DataError::new(
            place,
            format!("one folder for {key}"),
            format!("{}, each of which could be meant", few(&names)),
            format!("name it in the recipe, such as {key} = \"{first}\""),
        )),
    }
}
