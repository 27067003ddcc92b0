//! Copies a data set into a new folder, with other labels for some of its cases. The original is only read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;

use crate::corruption::{CORRUPTIONS, Corruption, write_corruptions};
use crate::dataset::Dataset;
use crate::dataset::case::Case;
use crate::dataset::case_files::Format;
use crate::error::DataError;
use crate::files::names::{is_image, volume_stem};
use crate::files::whole_folder::{check_free, refused, write_whole};
use crate::formats::nifti::read::read_volume_grid;
use crate::formats::nifti::write::write_label_volume;
use crate::images::label_map::LabelMap;
use crate::images::label_volume::LabelVolume;
use crate::labels::label_images::write_label_png;
use crate::options::layout_name::LayoutName;
use crate::options::split::Split;

/// Folders inside folders; links may lead in a circle.
const DEEPEST: usize = 16;
/// Most files of a set.
const MOST_FILES: usize = 2_000_000;

/// The labels of a case in the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewLabels {
    /// Those of another file of the same format.
    File(PathBuf),
    /// These classes, at the size of the label file: written as an 8-bit PNG or as NIfTI, with the values that the set uses.
    Classes(LabelVolume),
}

/// What differs between a data set and its copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Other labels, by the stem of the case.
    pub labels: BTreeMap<String, NewLabels>,
    /// Whether the original labels are kept as clean ones, for cases that have none yet.
    pub keep_clean: bool,
    /// What is wrong with the labels of the copy; none to copy the notes of the original, if there are any.
    pub corruptions: Option<Vec<Corruption>>,
}

impl Dataset {
    /// Writes a copy of the set, with these changes, into a new folder.
    ///
    /// # Errors
    ///
    /// `out` is not free, or inside the set; a file cannot be read or written; labels are in a format that is not written (arrays),
    /// or mean something by their colours.
    pub fn copy_changed(&self, out: &Path, changes: &Changes) -> Result<(), DataError> {
        check_free(out)?;
        if is_inside(out, &self.root) {
            return Err(DataError::new(
                out,
                format!("a folder outside of {}", self.root.display()),
                "one inside",
                "choose another name: the original set stays as it is",
            ));
        }
        let files = files_below(&self.root)?;
        let cases = self.cases_once();
        let plan = Plan::new(self, &cases, changes)?;
        write_whole(out, |beside| {
            files
                .par_iter()
                .filter(|file| !plan.replaced.contains(*file))
                .try_for_each(|file| copy(&self.root.join(file), &beside.join(file)))?;
            plan.written
                .par_iter()
                .try_for_each(|written| written.write(self, beside))?;
            match &changes.corruptions {
                Some(list) => write_corruptions(&beside.join(CORRUPTIONS), list),
                None => Ok(()),
            }
        })
    }

    /// Every case once: with `overfit`, all splits have the same.
    fn cases_once(&self) -> Vec<&Case> {
        let mut seen = BTreeSet::new();
        let cases = Split::ALL.into_iter().flat_map(|split| self.cases(split));
        cases.filter(|case| seen.insert(&case.labels)).collect()
    }

    /// Writes the classes of a case's labels with the values that the set uses.
    ///
    /// # Errors
    ///
    /// A class without a value, a size that the file cannot have, or the disk's error.
    fn write_labels(
        &self,
        case: &Case,
        path: &Path,
        labels: &LabelVolume,
    ) -> Result<(), DataError> {
        let mut stored = labels.clone();
        for value in &mut stored.classes {
            let class = *value;
            *value = self.values.stored(class).ok_or_else(|| {
                DataError::new(
                    &case.labels,
                    format!("a grey value of 0 to 255 that means class {class}"),
                    "none",
                    "save the labels as 8-bit images of grey values, and name these in data.label_values",
                )
            })?;
        }
        if Format::from_path(path) == Format::Nifti {
            return write_label_volume(path, &read_volume_grid(&case.image)?, &stored);
        }
        let [_, height, width] = stored.shape;
        let map = LabelMap {
            height,
            width,
            classes: stored.classes,
        };
        write_label_png(path, &map)
    }
}

/// What is written in place of files, or in addition to them.
struct Plan<'a> {
    /// Files of the original, below its root, that are not copied.
    replaced: BTreeSet<PathBuf>,
    written: Vec<Written<'a>>,
}

/// A label file of the copy.
struct Written<'a> {
    case: &'a Case,
    /// Below the root of the copy.
    path: PathBuf,
    /// None for the original labels.
    labels: Option<&'a NewLabels>,
}

impl<'a> Plan<'a> {
    fn new(dataset: &Dataset, cases: &[&'a Case], changes: &'a Changes) -> Result<Self, DataError> {
        let below = |path: &Path| path.strip_prefix(&dataset.root).map(Path::to_path_buf);
        let mut plan = Self {
            replaced: BTreeSet::new(),
            written: Vec::new(),
        };
        if changes.corruptions.is_some() {
            plan.replaced.insert(CORRUPTIONS.into());
        }
        for &case in cases {
            let Ok(place) = below(&case.labels) else {
                return Err(DataError::new(
                    &case.labels,
                    format!("a file below {}", dataset.root.display()),
                    "another place",
                    "move the labels into the set",
                ));
            };
            let is_new = changes.labels.contains_key(&case.stem);
            if !case.masks.is_empty() && (is_new || changes.keep_clean) {
                return Err(in_several_files(case));
            }
            if let Some(labels) = changes.labels.get(&case.stem) {
                let path = written_as(dataset.kind, case, &place, labels)?;
                plan.replaced.insert(place.clone());
                let labels = Some(labels);
                plan.written.push(Written { case, path, labels });
            }
            if changes.keep_clean && case.clean.is_none() {
                let path = clean_place(dataset.kind, case, &place);
                // A file of this name that is no clean label would be read as one.
                if dataset.root.join(&path).exists() {
                    return Err(DataError::new(
                        &dataset.root.join(&path),
                        "no file here, since the original labels are kept under this name",
                        "one",
                        "move it away",
                    ));
                }
                let labels = None;
                plan.written.push(Written { case, path, labels });
            }
        }
        Ok(plan)
    }
}

/// The place of a case's clean labels: of `acdc` next to the others, as the layout reads them, otherwise in `clean/`.
fn clean_place(layout: LayoutName, case: &Case, labels: &Path) -> PathBuf {
    let name = labels.file_name().unwrap_or_default().to_string_lossy();
    let folder = labels.parent().unwrap_or(Path::new(""));
    // Next to their images: in a folder of splits, two may have the same name.
    if case.image.parent() == case.labels.parent() && layout == LayoutName::Folder {
        return folder.join("clean").join(&*name);
    }
    if layout == LayoutName::Acdc {
        let ending = if name.ends_with(".gz") {
            "nii.gz"
        } else {
            "nii"
        };
        return folder.join(format!("{}_clean.{ending}", case.stem));
    }
    let set = folder.parent().unwrap_or(Path::new(""));
    set.join("clean").join(&*name)
}

/// The place of a label file in the copy: classes are written as PNG or NIfTI.
fn written_as(
    layout: LayoutName,
    case: &Case,
    place: &Path,
    labels: &NewLabels,
) -> Result<PathBuf, DataError> {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let is_array = |name: &str| {
        let extension = Path::new(name).extension();
        extension.is_some_and(|found| found == "npy" || found == "npz")
    };
    match labels {
        NewLabels::File(_) => Ok(place.to_path_buf()),
        NewLabels::Classes(_) if volume_stem(place).is_some() => Ok(place.to_path_buf()),
        // The files of nnU-Net's sets have one ending.
        NewLabels::Classes(_) if layout == LayoutName::Nnunet && !name.ends_with(".png") => {
            Err(DataError::new(
                &case.labels,
                "labels as PNG or NIfTI, since all files of a set in nnU-Net's format have one ending",
                format!("'{name}'"),
                "convert the images and labels, and correct \"file_ending\" in dataset.json",
            ))
        }
        NewLabels::Classes(_) if is_image(&name) && !is_array(&name) => {
            Ok(place.with_extension("png"))
        }
        NewLabels::Classes(_) => Err(DataError::new(
            &case.labels,
            "labels as images or NIfTI volumes",
            "an array, which is not written",
            "use a set in the layout folder, bamsi or nnunet, or acdc with NIfTI volumes",
        )),
    }
}

fn in_several_files(case: &Case) -> DataError {
    DataError::new(
        &case.labels,
        "labels in one file for each image, which can be written again",
        format!("{} masks of '{}'", case.masks.len(), case.stem),
        "save them as one image of class numbers for each image, in labels/ next to images/",
    )
}

impl Written<'_> {
    fn write(&self, dataset: &Dataset, root: &Path) -> Result<(), DataError> {
        let path = root.join(&self.path);
        match self.labels {
            None => copy(&self.case.labels, &path),
            Some(NewLabels::File(file)) => copy(file, &path),
            Some(NewLabels::Classes(labels)) => {
                make_folder(&path)?;
                dataset.write_labels(self.case, &path, labels)
            }
        }
    }
}

/// The files below a folder, as paths below it.
fn files_below(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let place = root.join(&folder);
        let too_much = |found: String| {
            DataError::new(
                &place,
                format!("at most {MOST_FILES} files, in folders {DEEPEST} deep"),
                found,
                "give the folder of the set itself",
            )
        };
        if depth > DEEPEST {
            return Err(too_much("a deeper one".into()));
        }
        let unlisted = |error: io::Error| {
            DataError::new(
                &place,
                "a folder that can be listed",
                error.to_string(),
                "check the folder's rights",
            )
        };
        for entry in fs::read_dir(&place).map_err(unlisted)? {
            let name = entry.map_err(unlisted)?.file_name();
            let (path, below) = (place.join(&name), folder.join(&name));
            // A dangling link, a pipe or a device is no part of the set.
            match fs::metadata(&path) {
                Ok(about) if about.is_dir() => folders.push((below, depth + 1)),
                Ok(about) if about.is_file() => found.push(below),
                _ => {}
            }
            if found.len() > MOST_FILES {
                return Err(too_much("more".into()));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a path that need not exist is inside a folder, whatever links lead there.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = fs::canonicalize(folder) else {
        return false;
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let existing = path
        .ancestors()
        .find_map(|above| fs::canonicalize(above).ok());
    existing.is_some_and(|existing| existing.starts_with(&folder))
}

fn make_folder(path: &Path) -> Result<(), DataError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|error| refused(folder, &error))
}

fn copy(from: &Path, to: &Path) -> Result<(), DataError> {
    make_folder(to)?;
    let copied = fs::copy(from, to);
    copied.map(|_| ()).map_err(|error| refused(to, &error))
}
