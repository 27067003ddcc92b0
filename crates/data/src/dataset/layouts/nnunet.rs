//! The raw data of nnU-Net (Isensee et al., Nature Methods 18, 2021), in the format of its second version or of its first.
//!
//! * `dataset.json`: the classes, the channels, the number of training cases, the ending of the files;
//! * `imagesTr/X_0000.ENDING`: an image or a volume, where the number is that of the channel;
//! * `labelsTr/X.ENDING`: class numbers;
//! * `imagesTs/` and `labelsTs/`, optionally: the same for tests;
//! * `splits_final.json`, optionally: the folds, of which `data.fold` chooses one.

pub(crate) mod description;
pub(crate) mod files;
pub(crate) mod folds;

use std::path::Path;

use crate::dataset::case::{Candidate, Case};
use crate::dataset::contents::contents;
use crate::dataset::found::Found;
use crate::dataset::layout::Layout;
use crate::dataset::layouts::nnunet::description::Description;
use crate::dataset::layouts::nnunet::files::{PairedFiles, paired};
use crate::dataset::layouts::nnunet::folds::{Folds, SPLITS};
use crate::dataset::patients::Patients;
use crate::error::DataError;
use crate::options::DataOptions;
use crate::options::split::Split;
use crate::text::few;

/// The raw data of nnU-Net.
pub(crate) struct Nnunet;

impl Layout for Nnunet {
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError> {
        let path = root.join("dataset.json");
        if !path.exists() {
            return Err(DataError::new(
                root,
                "dataset.json, imagesTr/ and labelsTr/",
                contents(root),
                "give a folder such as nnUNet_raw/Dataset001_NAME",
            ));
        }
        let description = Description::read(&path)?;
        if !options.classes.is_empty() && options.classes != description.classes {
            return Err(DataError::new(
                &path,
                format!("the recipe's classes {:?}", options.classes),
                format!("{:?}", description.classes),
                "correct one of the two, or remove data.classes from the recipe",
            ));
        }
        let mut notes = Vec::new();
        let cases = training_cases(root, &description, problems, &mut notes)?;
        let patients = Patients::new(root, options, None)?;
        let mut candidates = candidates_of(cases, None, &patients, problems);
        let tests = ["imagesTs", "labelsTs"].map(|name| root.join(name));
        if tests[1].is_dir() {
            let cases = paired(&tests, &description, problems, &mut notes);
            let cases = candidates_of(cases, Some(Split::Test), &patients, problems);
            candidates.extend(cases);
        } else if tests[0].is_dir() {
            notes.push(format!(
                "{}: skipped, since there are no labels of these images in labelsTs/",
                tests[0].display()
            ));
        }
        let splits = root.join(SPLITS);
        let has_folds = splits.exists() && options.split_file.is_empty();
        if has_folds {
            let folds = Folds::read(&splits)?;
            let left = folds.assign(options, &mut candidates, problems)?;
            if !left.is_empty() {
                notes.push(format!(
                    "{}: cases in neither list of fold {} are not used: {}",
                    splits.display(),
                    options.fold,
                    few(&left)
                ));
            }
        }
        Ok(Found {
            candidates,
            class_names: description.classes,
            ignore: description.ignore.unwrap_or(options.ignore),
            has_folds,
            notes,
            ..Found::default()
        })
    }
}

/// The images and labels of the training cases, of which there have to be as many as the description says.
fn training_cases(
    root: &Path,
    description: &Description,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) -> Result<Vec<PairedFiles>, DataError> {
    let training = ["imagesTr", "labelsTr"].map(|name| root.join(name));
    if let Some(missing) = training.iter().find(|folder| !folder.is_dir()) {
        return Err(DataError::new(
            missing,
            "the folder of the training cases that dataset.json describes",
            format!("no such folder; {} has {}", root.display(), contents(root)),
            "copy the whole set, or give the folder that contains dataset.json",
        ));
    }
    let before = problems.len();
    let cases = paired(&training, description, problems, notes);
    let stated = description.training_cases;
    let stated = stated.filter(|stated| *stated != cases.len() && problems.len() == before);
    if let Some(stated) = stated {
        problems.push(DataError::new(
            &root.join("dataset.json"),
            format!(
                "the {} training cases of imagesTr and labelsTr",
                cases.len()
            ),
            format!("\"numTraining\": {stated}"),
            "copy the missing cases, or correct the number",
        ));
    }
    Ok(cases)
}

/// Each case with its patient: by the recipe's pattern, or of its own.
fn candidates_of(
    files: Vec<PairedFiles>,
    split: Option<Split>,
    patients: &Patients,
    problems: &mut Vec<DataError>,
) -> Vec<Candidate> {
    let candidate = |files| {
        let PairedFiles {
            stem,
            image,
            labels,
        } = files;
        // The same name in two folders means two images.
        let own_name = || split.map_or(stem.clone(), |split| format!("{split}/{stem}"));
        let patient = patients.patient_of(&stem, &image, "", own_name, problems);
        let case = Case {
            stem,
            patient,
            image,
            labels,
            masks: Vec::new(),
            clean: None,
        };
        (case, split)
    };
    files.into_iter().map(candidate).collect()
}
