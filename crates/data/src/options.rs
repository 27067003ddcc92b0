//! The settings of a data set: the `[data]` section of a recipe.

pub(crate) mod layout_name;
pub(crate) mod split;

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::{DataError, setting_advice};
use crate::images::volume::VolumeNormalise;
use crate::options::layout_name::LayoutName;

/// How a data set is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataOptions {
    /// The layout.
    pub kind: LayoutName,
    /// Names of the classes, background first. Empty: those of `dataset.json` (`bamsi`), or background and foreground
    /// (`folder`).
    pub classes: Vec<String>,
    /// The meaning of the values in the label files: maps a grey value or palette index such as `"128"`, a range such as
    /// `"128-255"`, or a colour such as `"255,0,0"`, to a class number or to [`ignore`](Self::ignore). If a colour is
    /// named, indexed images are read by their colours, otherwise by their indices, except for a palette of black and
    /// white. Empty: the `palette` of `dataset.json` (`bamsi`); without it, values are class numbers, and for a `folder` of
    /// two classes, files that contain only 0 and 255 are background and foreground.
    pub label_values: BTreeMap<String, u8>,
    /// `folder`: the folder of the images below the set, and below its folders of splits, such as `"scans"`; `"."` is that folder
    /// itself. Empty: guessed.
    pub images: String,
    /// `folder`: the folder of the labels, as [`images`](Self::images).
    pub labels: String,
    /// `folder`: what the names of images have in addition to a common name, such as `"_image"`. Empty: nothing, or guessed.
    pub image_suffix: String,
    /// `folder`: what the names of labels have in addition to a common name, such as `"_mask"`; a number may follow. Empty:
    /// nothing, or guessed.
    pub label_suffix: String,
    /// `folder`: if every class has its own masks, the ending of their names by class, such as `"_liver"`, or their folder, such as
    /// `"masks/liver/"`, or both.
    pub label_files: BTreeMap<String, String>,
    /// The class number of ignored pixels.
    pub ignore: u8,
    /// Fraction of the patients for validation, if the data set does not specify it.
    pub validation_share: f64,
    /// Fraction of the patients for testing, if the data set does not specify it.
    pub test_share: f64,
    /// Seed of that choice, and of the folds.
    pub split_seed: u64,
    /// How the patient is derived from the image's name without its extension, if `cases.csv` does not name it: a regular
    /// expression with one group, such as `"^(.+)_slice"`. Empty: every image is its own patient, or the layout's own
    /// pattern (`fasu`).
    pub patient_pattern: String,
    /// If not 0: cross-validation with this many parts of about equal size, each patient in one of them. Part
    /// [`fold`](Self::fold) is the test set, and validation images are drawn from the others. If the data set names its
    /// test images, these stay, and the part is the validation set.
    pub folds: usize,
    /// Which part, from 0.
    pub fold: usize,
    /// If not empty: a file that alone defines the split: the `split.json` of a run's folder, or a table with the columns
    /// `image,patient,split`. Relative to the working directory.
    pub split_file: String,
    /// `acdc`: whether the challenge's hundred training patients, if all are present, are split by the lists that published
    /// results use (70 to train, 10 to validate, 20 to test) instead of at random.
    pub published_split: bool,
    /// Volumes: how their grey values become 0..=1.
    pub volume_normalise: VolumeNormalise,
    /// If not 0: train, validation and test all consist of the same first images by stem, this many. For checking whether a
    /// network can learn at all; its scores do not apply to new images.
    pub overfit: usize,
    /// If not 0: the inside of each labelled structure is blurred with a standard deviation of this fraction of the shorter
    /// side of the image, in training, validation and test alike, so that the image agrees with its labels (Florea et al.
    /// 2025, Section 5.2). For finding out whether a rule that discards pixels helps because of wrong labels; its scores do
    /// not apply to unmodified photographs.
    pub homogenise: f64,
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            kind: LayoutName::default(),
            classes: Vec::new(),
            label_values: BTreeMap::new(),
            images: String::new(),
            labels: String::new(),
            image_suffix: String::new(),
            label_suffix: String::new(),
            label_files: BTreeMap::new(),
            ignore: 255,
            validation_share: 0.15,
            test_share: 0.2,
            split_seed: 0,
            patient_pattern: String::new(),
            folds: 0,
            fold: 0,
            split_file: String::new(),
            published_split: true,
            volume_normalise: VolumeNormalise::default(),
            overfit: 0,
            homogenise: 0.0,
        }
    }
}

impl DataOptions {
    /// Checks that the names of folders and files are those of a `folder`, and stay inside the set.
    pub(crate) fn check_names(&self, root: &Path) -> Result<(), DataError> {
        let class_files = self.label_files.values();
        let class_folders = class_files.filter_map(|file| Some(file.rsplit_once('/')?.0));
        let folders = [
            ("data.images", &*self.images),
            ("data.labels", &*self.labels),
        ];
        let suffixes = [
            ("data.image_suffix", &*self.image_suffix),
            ("data.label_suffix", &*self.label_suffix),
        ];
        let of_classes = class_folders.map(|folder| ("data.label_files", folder));
        for (key, name) in folders.into_iter().chain(of_classes) {
            let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            if !Path::new(name).components().all(inside) {
                return Err(DataError::new(
                    root,
                    format!("{key} to be a folder inside the set"),
                    format!("{name:?}"),
                    "name it from the set's folder on, such as \"scans\", and give the set's folder with `--data`",
                ));
            }
        }
        if let Some((key, name)) = suffixes.iter().find(|(_, name)| name.contains('/')) {
            return Err(DataError::new(
                root,
                format!("{key} to be the end of files' names, such as \"_mask\""),
                format!("{name:?}"),
                "name folders in data.images and data.labels",
            ));
        }
        let named = folders
            .iter()
            .chain(&suffixes)
            .find(|(_, name)| !name.is_empty());
        let key = named.map(|(key, _)| *key);
        let key = key.or((!self.label_files.is_empty()).then_some("data.label_files"));
        match key {
            Some(key) if self.kind != LayoutName::Folder => Err(DataError::new(
                root,
                format!("{key} only in the layout folder"),
                format!("data.kind = \"{}\"", self.kind),
                format!("remove {key} from the recipe, or set data.kind = \"folder\""),
            )),
            _ => Ok(()),
        }
    }

    /// Checks fractions and folds: fractions from 0 to 1 and together below 1, the fold below the number of folds.
    pub(crate) fn check_split(&self, root: &Path) -> Result<(), DataError> {
        if self.folds == 1
            || (self.folds == 0 && self.fold != 0)
            || (self.folds > 1 && self.fold >= self.folds)
        {
            return Err(DataError::new(
                root,
                "data.folds of 0 or at least 2, and data.fold below data.folds",
                format!("{} and {}", self.folds, self.fold),
                "set for example data.folds = 5 and data.fold = 0 to 4, one training for each",
            ));
        }
        if self.folds > 0 && !self.split_file.is_empty() {
            return Err(DataError::new(
                root,
                "data.folds or data.split_file",
                "both",
                "remove one of them from the recipe",
            ));
        }
        let shares = [self.validation_share, self.test_share];
        if shares.iter().all(|share| (0.0..1.0).contains(share)) && shares.iter().sum::<f64>() < 1.0
        {
            return Ok(());
        }
        Err(DataError::new(
            root,
            "data.validation_share and data.test_share of at least 0 and together below 1",
            format!("{} and {}", self.validation_share, self.test_share),
            setting_advice("change them"),
        ))
    }
}
