//! What is wrong with the labels of an audit's images: as `corruptions.json` notes it, and as the clean labels show it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use audit::measures::{Differences, SMALLEST};
use data::{
    CORRUPTIONS, Case, Corruption, DataOptions, Dataset, GrossError, PixelBox, image_name,
    read_corruptions,
};
use rayon::prelude::*;

use crate::auditing::images::all_cases;
use crate::error::RunnerError;
use crate::text::some_of::some_of;

/// How many folders above the given one may contain the notes: `burns/clean` is below `burns`.
const ABOVE: usize = 3;

/// What is wrong with the label of one image.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ImageTruth {
    /// As the clean label shows it.
    pub(crate) differences: Differences,
    /// Whether the label as a whole is wrong.
    pub(crate) is_grossly_wrong: bool,
    /// In which way, if that was noted.
    pub(crate) gross: Option<GrossError>,
    /// Places that the label lacks.
    pub(crate) missed: Vec<PixelBox>,
    /// Places that have another class.
    pub(crate) swapped: Vec<PixelBox>,
    /// Pixels by which outlines lie outside of the true ones, if that was noted.
    pub(crate) lean: Option<Lean>,
}

/// How far outlines lie outside of the true ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lean {
    pub(crate) whole: f64,
    /// By name of the class, and by its number; empty if all have the same.
    pub(crate) by_class: BTreeMap<String, f64>,
}

impl Lean {
    pub(crate) fn of_class(&self, class: &str) -> f64 {
        self.by_class.get(class).copied().unwrap_or(self.whole)
    }
}

/// What is wrong with the labels of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Truth {
    /// By image.
    pub(crate) images: BTreeMap<String, ImageTruth>,
    /// The notes, if there are any.
    pub(crate) notes: Option<PathBuf>,
}

/// Compares the labels of these images of a data set with the clean ones below `clean`: a data set in the same layout, or a folder of
/// label files with the same names.
///
/// # Errors
///
/// An image has no clean label, or is not in the data set; a file cannot be read; a size differs; the notes are damaged.
pub(crate) fn truth(
    dataset: &Dataset,
    options: &DataOptions,
    clean: &Path,
    images: &BTreeSet<&str>,
) -> Result<Truth, RunnerError> {
    let notes = notes_near(clean);
    let mut noted = BTreeMap::new();
    if let Some(path) = &notes {
        for one in read_corruptions(path)? {
            noted.insert(one.image.clone(), one);
        }
    }
    let is_noted = notes.is_some();
    let clean_labels = CleanLabels::find(dataset, options, clean);
    let cases = all_cases(dataset);
    let compared: Result<Vec<Vec<(String, ImageTruth)>>, RunnerError> = cases
        .par_iter()
        .map(|case| compare(dataset, case, &clean_labels, images))
        .collect();
    let mut found: BTreeMap<String, ImageTruth> = compared?.into_iter().flatten().collect();
    let missing = images.iter().filter(|image| !found.contains_key(**image));
    if let Some(missing) = some_of(
        "images without one",
        missing.map(ToString::to_string).collect(),
    ) {
        return Err(RunnerError::mismatch(
            "an image in the data set and a clean label for every image of the audit",
            missing,
            "give the clean labels of the audited set by `--truth`: a set with its `clean` labels, or a folder of label files with the same names",
        )
        .at(clean.display()));
    }
    if is_noted {
        let class_names = &dataset.class_names;
        for (image, truth) in &mut found {
            let none = Corruption::default();
            note(truth, noted.get(image).unwrap_or(&none), class_names);
        }
    }
    Ok(Truth {
        images: found,
        notes,
    })
}

/// Replaces what the clean labels show by what was noted, which is why they differ.
fn note(truth: &mut ImageTruth, noted: &Corruption, class_names: &[String]) {
    truth.gross = noted.gross;
    truth.is_grossly_wrong = noted.gross.is_some();
    let missed = noted.missed.iter().filter(|missed| missed.area >= SMALLEST);
    truth.missed = missed.map(|missed| missed.place).collect();
    let swapped = noted
        .swapped
        .iter()
        .filter(|swapped| swapped.area >= SMALLEST);
    truth.swapped = swapped.map(|swapped| swapped.place).collect();
    let mut by_class = BTreeMap::new();
    for one in &noted.by_class {
        by_class.insert(one.class.to_string(), one.lean);
        if let Some(name) = class_names.get(usize::from(one.class)) {
            by_class.insert(name.clone(), one.lean);
        }
    }
    truth.lean = Some(Lean {
        whole: noted.lean,
        by_class,
    });
}

/// `corruptions.json` in a folder, or in one of those above it.
fn notes_near(clean: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(clean).ok()?;
    let mut found = folder
        .ancestors()
        .take(ABOVE)
        .map(|folder| folder.join(CORRUPTIONS));
    found.find(|path| path.is_file())
}

/// The images of a case, with what is wrong with their labels.
fn compare(
    dataset: &Dataset,
    case: &Case,
    clean_labels: &CleanLabels,
    images: &BTreeSet<&str>,
) -> Result<Vec<(String, ImageTruth)>, RunnerError> {
    let slices = dataset.slice_count(case)?;
    let names: Vec<String> = (0..slices)
        .map(|slice| image_name(&case.stem, slice, slices))
        .collect();
    let Some(clean) = clean_labels.of(case) else {
        return Ok(Vec::new());
    };
    if !names.iter().any(|name| images.contains(&**name)) {
        return Ok(Vec::new());
    }
    let label = dataset.load_label_volume(case)?;
    let clean = dataset.load_labels_from(case, &clean)?;
    let names = names.into_iter().enumerate();
    let wanted = names.filter(|(_, name)| images.contains(&**name));
    let compared = wanted.map(|(slice, name)| {
        let (label, clean) = (label.slice(slice), clean.slice(slice));
        let differences = Differences::new(&label, &clean, dataset.ignore);
        let truth = ImageTruth {
            is_grossly_wrong: differences.is_grossly_wrong(),
            missed: differences.missed.clone(),
            swapped: differences.swapped.clone(),
            differences,
            ..ImageTruth::default()
        };
        (name, truth)
    });
    Ok(compared.collect())
}

/// Where the clean labels of a set are.
pub(crate) struct CleanLabels {
    folder: PathBuf,
    /// By name of the case, in a set of the same layout.
    files: BTreeMap<String, PathBuf>,
}

impl CleanLabels {
    /// Looks for the clean labels of a data set's cases in a folder.
    pub(crate) fn find(dataset: &Dataset, options: &DataOptions, folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        if let Ok(truth) = Dataset::open(folder, options) {
            let same = fs::canonicalize(&truth.root).ok() == fs::canonicalize(&dataset.root).ok();
            for case in all_cases(&truth) {
                let file = case.clean.clone().or_else(|| beside(&case));
                // The labels of another set are the truth; those of the audited one are what is to be judged.
                let file = file.or_else(|| (!same).then(|| case.labels.clone()));
                files.extend(file.map(|file| (case.stem.clone(), file)));
            }
        }
        Self {
            folder: folder.to_path_buf(),
            files,
        }
    }

    /// The file with the clean labels of a case, if there is one.
    pub(crate) fn of(&self, case: &Case) -> Option<PathBuf> {
        if let Some(file) = self.files.get(&case.stem) {
            return Some(file.clone());
        }
        let name = case.labels.file_name()?;
        let as_labels = self.folder.join(name);
        let as_image = self.folder.join(format!("{}.png", case.stem));
        [as_labels, as_image]
            .into_iter()
            .find(|file| file.is_file())
    }
}

/// The file of the same name in `clean/` next to the folder of labels, or in that folder if images are in it as well.
fn beside(case: &Case) -> Option<PathBuf> {
    let labels = &case.labels;
    let mut set = labels.parent()?;
    if case.image.parent() != Some(set) {
        set = set.parent()?;
    }
    let folder = set.join("clean");
    let stem = labels.file_stem()?;
    let found = [
        folder.join(labels.file_name()?),
        folder.join(stem).with_extension("png"),
    ];
    found.into_iter().find(|file| file.is_file())
}
