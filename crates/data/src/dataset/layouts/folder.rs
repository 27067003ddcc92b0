//! Any photographs: `images/` and `labels/` (or `masks/`), at the top, or in `train/`, `validation/` (or `val/`, `valid/`)
//! and `test/`.
//!
//! An optional `cases.csv` at the top names the patients: `image,patient,grade,split`; for images without one, the recipe's
//! `patient_pattern` applies.

use std::path::{Path, PathBuf};

use crate::dataset::case::{Candidate, Case};
use crate::dataset::contents::contents;
use crate::dataset::found::Found;
use crate::dataset::layout::Layout;
use crate::dataset::patients::Patients;
use crate::dataset::split_folders::SPLIT_FOLDERS;
use crate::dataset::tables::cases_table::{CasesTable, Rows};
use crate::error::DataError;
use crate::files::listing::entries;
use crate::files::pairing::{Paired, pairs};
use crate::options::DataOptions;
use crate::options::split::Split;

/// Any photographs with label images of the same names.
pub(crate) struct Folder;

impl Layout for Folder {
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError> {
        let class_names = if options.classes.is_empty() {
            vec!["background".to_string(), "foreground".to_string()]
        } else {
            options.classes.clone()
        };
        let mut notes = Vec::new();
        let table = CasesTable::read(root, options, problems, &mut notes);
        let mut found: Vec<(Option<Split>, Paired)> = Vec::new();
        let patients = Patients::new(root, options, None)?;
        let below = SPLIT_FOLDERS.map(|(name, split)| (root.join(name), Some(split)));
        for (folder, split) in [(root.to_path_buf(), None)].into_iter().chain(below) {
            if let Some((images, labels)) = image_and_label_folders(&folder) {
                if found.iter().any(|(other, _)| *other == split) {
                    problems.push(DataError::new(
                        &folder,
                        "one folder of validation images",
                        "another one next to it",
                        "put the images of both into validation/",
                    ));
                }
                let table = folder.join("cases.csv");
                if split.is_some() && table.exists() {
                    problems.push(DataError::new(
                        &table,
                        "one cases.csv, at the top of the set",
                        "one that would not be read",
                        format!("move its lines into {}", root.join("cases.csv").display()),
                    ));
                }
                if folder.join("labels").is_dir() && folder.join("masks").is_dir() {
                    problems.push(DataError::new(
                        &folder,
                        "labels in labels/ or in masks/",
                        "both folders",
                        "move away the one that should not be read",
                    ));
                }
                found.push((split, pairs(&images, &labels, problems, &mut notes)));
            }
        }
        other_folders(root, problems, &mut notes);
        if found.is_empty() && problems.is_empty() {
            return Err(DataError::new(
                root,
                "the folders images/ and labels/ (or masks/), here or below train/, validation/ and test/",
                contents(root),
                "give the folder that contains them, or rename its folders",
            ));
        }
        let all_found = found.iter().map(|(_, paired)| paired);
        let rows = table.bind(all_found, &patients, problems, &mut notes);
        let candidates = found
            .into_iter()
            .flat_map(|(split, paired)| candidates_of(paired, split, &rows, &patients, problems))
            .collect();
        Ok(Found {
            candidates,
            notes,
            class_names,
            ignore: options.ignore,
            white_is_one: true,
            ..Found::default()
        })
    }
}

/// Other folders with images and labels: a problem if they are named like a split, otherwise a note.
fn other_folders(root: &Path, problems: &mut Vec<DataError>, notes: &mut Vec<String>) {
    for name in entries(root) {
        let plain = name.to_lowercase();
        // On case-insensitive file systems, a folder `Test` has been read as `test`.
        let is_read =
            SPLIT_FOLDERS.iter().any(|(read, _)| plain == *read) && root.join(&plain).is_dir();
        let folder = root.join(&name);
        if is_read || image_and_label_folders(&folder).is_none() {
            continue;
        }
        let meant = ["train", "val", "test"]
            .into_iter()
            .find(|split| plain.starts_with(split));
        match meant {
            Some(split) => problems.push(DataError::new(
                &folder,
                "splits in train/, validation/ and test/",
                format!("one in {name}/, which would not be read"),
                format!("rename it to {split}, or move it away"),
            )),
            None => notes.push(format!("{}: skipped: {name}/", root.display())),
        }
    }
}

fn image_and_label_folders(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let images = folder.join("images");
    let labels = ["labels", "masks"]
        .map(|name| folder.join(name))
        .into_iter()
        .find(|labels| labels.is_dir())?;
    images.is_dir().then_some((images, labels))
}

/// An image without a patient in `cases.csv` or in its name is its own patient.
fn candidates_of(
    paired: Paired,
    split: Option<Split>,
    rows: &Rows,
    patients: &Patients,
    problems: &mut Vec<DataError>,
) -> Vec<Candidate> {
    paired
        .pairs
        .into_iter()
        .map(|(stem, image, labels)| {
            let row = rows.get(&stem);
            let named = row.map_or("", |row| row.patient.as_str());
            // The same name in two folders means two images.
            let own_name = || split.map_or(stem.clone(), |split| format!("{split}/{stem}"));
            let patient = patients.patient_of(&stem, &image, named, own_name, problems);
            let case = Case {
                patient,
                stem,
                image,
                labels,
                clean: None,
            };
            (case, split.or(row.and_then(|row| row.split)))
        })
        .collect()
}
