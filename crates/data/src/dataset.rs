//! A data set: its classes and its split into cases.

pub(crate) mod case;
pub(crate) mod case_files;
pub(crate) mod class_names;
pub(crate) mod contents;
pub(crate) mod found;
pub(crate) mod layout;
pub(crate) mod layouts;
pub(crate) mod loading;
pub(crate) mod mask_union;
pub(crate) mod overview;
pub(crate) mod patients;
pub(crate) mod quick_warnings;
pub(crate) mod repeats;
pub(crate) mod set_copy;
pub(crate) mod split;
pub(crate) mod split_folders;
pub(crate) mod survey;
pub(crate) mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::dataset::case::{Case, SplitEntry};
use crate::images::label_map::LabelMap;
use crate::images::volume::VolumeNormalise;
use crate::labels::label_values::LabelValues;
use crate::options::layout_name::LayoutName;
use crate::options::split::Split;

/// A data set whose files have been found, paired and split, but not yet read.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its folder.
    pub root: PathBuf,
    /// Its layout.
    pub kind: LayoutName,
    /// Names of the classes, background first; a label is an index into this list, or `ignore`.
    pub class_names: Vec<String>,
    /// The class number of ignored pixels.
    pub ignore: u8,
    splits: [Vec<Case>; 3],
    values: LabelValues,
    /// The values of masks that mark one class: background, or that class.
    mask_values: LabelValues,
    homogenise: f64,
    volume_normalise: VolumeNormalise,
    /// Grades of whole images as class numbers, by image name, if a table states them.
    grades: BTreeMap<String, u8>,
    /// Notes on ambiguous files and on skipped ones, in sentences that name the files.
    notes: Vec<String>,
    /// How its files were understood where nothing states it, in sentences.
    guesses: Vec<String>,
    /// Whether all three splits consist of the same images.
    is_one_split: bool,
}

impl Dataset {
    /// The cases of a split, sorted by name.
    pub fn cases(&self, split: Split) -> &[Case] {
        &self.splits[split as usize]
    }

    /// The name of a class, or `ignore`.
    pub(crate) fn class_name(&self, class: u8) -> &str {
        let name = self.class_names.get(usize::from(class));
        name.map_or("ignore", String::as_str)
    }

    /// Whether clean labels of every test image exist.
    pub fn has_clean_labels(&self) -> bool {
        self.cases(Split::Test)
            .iter()
            .all(|case| case.clean.is_some())
    }

    /// The grade of a whole image as a class number: as stated in `cases.csv`, otherwise the deepest (highest) class of its
    /// labels. `None` if the labels are all background.
    pub fn grade(&self, case: &Case, labels: &LabelMap) -> Option<u8> {
        let stated = self.grades.get(&case.stem).copied();
        stated.or_else(|| {
            let classes = labels.classes.iter().copied();
            classes
                .filter(|class| *class != self.ignore && *class > 0)
                .max()
        })
    }

    /// Every case with its split, sorted by split and name.
    pub fn split_table(&self) -> Vec<SplitEntry> {
        Split::ALL
            .into_iter()
            .flat_map(|split| {
                self.cases(split).iter().map(move |case| SplitEntry {
                    image: case.stem.clone(),
                    patient: case.patient.clone(),
                    split,
                })
            })
            .collect()
    }
}
