//! Cardiac MRI of the ACDC challenge (Bernard et al., IEEE Transactions on Medical Imaging 37(11), 2018).
//!
//! The challenge's layout, at the top, or in `training/` and `testing/`:
//!
//! * `patientNNN/Info.cfg`: `Group: DCM` (or HCM, MINF, NOR, RV) among other lines;
//! * `patientNNN/patientNNN_frameNN.nii.gz`: the short-axis volume of one moment, end of diastole or of systole;
//! * `patientNNN/patientNNN_frameNN_gt.nii.gz`: its labels;
//! * `patientNNN/patientNNN_frameNN_clean.nii.gz`: synthetic sets only, the labels without annotation noise.
//!
//! Other files, such as the series `patientNNN_4d.nii.gz`, are skipped. Alternatively the arrays that were derived from
//! these files for `TransUNet` and related networks, see [`arrays`].

pub(crate) mod arrays;
pub(crate) mod file_names;
pub(crate) mod frames;
pub(crate) mod names;
pub(crate) mod patient;
pub(crate) mod split;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::contents::contents;
use crate::dataset::found::Found;
use crate::dataset::layout::Layout;
use crate::dataset::layouts::acdc::file_names::names;
use crate::dataset::layouts::acdc::frames::cases;
use crate::dataset::layouts::acdc::names::{CLASSES, GROUPS};
use crate::dataset::layouts::acdc::patient::Patient;
use crate::dataset::layouts::acdc::split::{assign, is_complete};
use crate::error::DataError;
use crate::files::open::{DESCRIPTION, read_bounded};
use crate::options::DataOptions;
use crate::synth::acdc::write_acdc;
use crate::synth::options::{SizeOption, SyntheticSet};

/// Cardiac MRI of the ACDC challenge.
pub(crate) struct Acdc;

impl Layout for Acdc {
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError> {
        let class_names: Vec<String> = CLASSES.map(String::from).to_vec();
        if !options.classes.is_empty() && options.classes.len() != class_names.len() {
            return Err(DataError::new(
                root,
                format!("no data.classes, or {} names", class_names.len()),
                format!("{:?}", options.classes),
                "remove data.classes from the recipe",
            ));
        }
        let class_names = if options.classes.is_empty() {
            class_names
        } else {
            options.classes.clone()
        };
        let candidates = if let Some(candidates) = arrays::find(root, problems) {
            candidates
        } else {
            let mut testing_problems = Vec::new();
            let patients = patients(root, problems, &mut testing_problems)?;
            let published = options.published_split && is_complete(&patients);
            if !published {
                problems.append(&mut testing_problems);
            }
            assign(patients, published, options)
        };
        Ok(Found {
            candidates,
            class_names,
            ignore: options.ignore,
            ..Found::default()
        })
    }

    fn synthetic(&self) -> Option<SyntheticSet> {
        Some(SyntheticSet {
            about: "Cardiac MRI: short-axis volumes at two moments, in the layout of the ACDC challenge",
            images: SizeOption {
                help: "How many patients, of two volumes each",
                default: 50,
            },
            size: SizeOption {
                help: "Rows and columns of every slice",
                default: 128,
            },
            example: ("hearts", 50, 128),
            draw: |folder, options, progress| Ok(write_acdc(folder, options, progress)?.to_string()),
        })
    }
}

/// All patients by name. The problems of the challenge's test patients are kept apart, since the published split does not
/// use them.
fn patients(
    root: &Path,
    problems: &mut Vec<DataError>,
    testing_problems: &mut Vec<DataError>,
) -> Result<Vec<Patient>, DataError> {
    let places = [
        (root.to_path_buf(), false),
        (root.join("training"), false),
        (root.join("testing"), true),
    ];
    let mut patients: BTreeMap<String, Patient> = BTreeMap::new();
    for (place, testing) in places {
        let problems = if testing {
            &mut *testing_problems
        } else {
            &mut *problems
        };
        for (name, folder) in patient_folders(&place, problems)? {
            let patient = Patient {
                group: group(&folder, problems),
                cases: cases(&name, &folder, problems),
                name: name.clone(),
                testing,
            };
            if let Some(other) = patients.insert(name, patient) {
                problems.push(DataError::new(
                    &folder,
                    "each patient once",
                    format!("{} a second time", other.name),
                    "remove one of the two folders",
                ));
            }
        }
    }
    if patients.is_empty() && problems.is_empty() && testing_problems.is_empty() {
        return Err(DataError::new(
            root,
            "folders patientNNN, here or below training/ and testing/; or .npz files below train/, valid/ and test/",
            contents(root),
            "give the folder that contains them",
        ));
    }
    Ok(patients.into_values().collect())
}

/// The folders named `patient` and a number; none if `place` does not exist.
fn patient_folders(
    place: &Path,
    problems: &mut Vec<DataError>,
) -> Result<Vec<(String, PathBuf)>, DataError> {
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let is_patient = |name: &str| {
        name.strip_prefix("patient").is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
        })
    };
    let mut folders = Vec::new();
    for name in names(place, problems)? {
        let folder = place.join(&name);
        if is_patient(&name) {
            if folder.is_dir() {
                folders.push((name, folder));
            }
        } else if is_nearly_patient(&name) && folder.is_dir() {
            problems.push(DataError::new(
                &folder,
                "folders called patient and a number, such as patient001",
                "another name, under which the folder would be skipped",
                "rename it, or move it away",
            ));
        }
    }
    Ok(folders)
}

/// Names such as `Patient1`, `patient_001` and `patient001 (copy)`.
fn is_nearly_patient(name: &str) -> bool {
    name.to_lowercase().starts_with("patient")
        && name.contains(|letter: char| letter.is_ascii_digit())
}

/// The diagnosis in `Info.cfg`. It is empty without the file; a file without a diagnosis is a problem.
fn group(folder: &Path, problems: &mut Vec<DataError>) -> String {
    let path = folder.join("Info.cfg");
    if !path.exists() {
        return String::new();
    }
    let found = match read_bounded(&path, DESCRIPTION) {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text);
            let value = text
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| key.trim() == "Group")
                .map(|(_, value)| value.trim().to_string());
            match value {
                Some(group) if GROUPS.contains(&group.as_str()) => return group,
                Some(other) => format!("{other:?}"),
                None => "no such line".into(),
            }
        }
        Err(error) => error.to_string(),
    };
    problems.push(DataError::new(
        &path,
        format!("a line 'Group: ' with one of {}", GROUPS.join(", ")),
        found,
        "correct the file, or remove it: patients without one are drawn without regard to their diagnosis",
    ));
    String::new()
}
