//! Any images or NIfTI volumes with labels: in `images/` and `labels/` (or `masks/`), at the top, or in `train/`, `validation/` (or
//! `val/`, `valid/`) and `test/`; or wherever the recipe states or a plain guess finds them.
//!
//! An optional `cases.csv` at the top names the patients: `image,patient,grade,split`; for images without one, the recipe's
//! `patient_pattern` applies.

pub(crate) mod arrangement;
pub(crate) mod classes;
pub(crate) mod image_folders;
pub(crate) mod joining;
pub(crate) mod listing;
pub(crate) mod part;
pub(crate) mod seen;
pub(crate) mod suffixes;
pub(crate) mod words;

use std::path::Path;

use crate::dataset::case::{Candidate, Case};
use crate::dataset::found::Found;
use crate::dataset::layout::Layout;
use crate::dataset::layouts::folder::arrangement::usual_folders;
use crate::dataset::layouts::folder::classes::class_names;
use crate::dataset::layouts::folder::joining::Joined;
use crate::dataset::layouts::folder::seen::{not_understood, of_nnunet};
use crate::dataset::patients::Patients;
use crate::dataset::split_folders::SPLIT_FOLDERS;
use crate::dataset::tables::cases_table::{CasesTable, Rows};
use crate::error::DataError;
use crate::files::listing::entries;
use crate::options::DataOptions;
use crate::options::split::Split;

/// Any images or volumes with labels.
pub(crate) struct Folder;

impl Layout for Folder {
    fn find(
        &self,
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
    ) -> Result<Found, DataError> {
        let is_told = !options.images.is_empty() || !options.labels.is_empty();
        if let Some(problem) = of_nnunet(root).filter(|_| !is_told) {
            return Err(problem);
        }
        let class_names = class_names(root, options)?;
        let mut notes = Vec::new();
        let table = CasesTable::read(root, options, problems, &mut notes);
        let mut found: Vec<(Option<Split>, Joined)> = Vec::new();
        let patients = Patients::new(root, options, None)?;
        for (name, split) in SPLIT_FOLDERS {
            let folder = root.join(name);
            if !folder.is_dir() {
                continue;
            }
            let Some(joined) = part::find(&folder, &class_names, options, problems, &mut notes)
            else {
                continue;
            };
            if found.iter().any(|(other, _)| *other == Some(split)) {
                problems.push(DataError::new(
                    &folder,
                    "one folder of validation images",
                    "another one next to it",
                    "put the images of both into validation/",
                ));
            }
            let table = folder.join("cases.csv");
            if table.exists() {
                problems.push(DataError::new(
                    &table,
                    "one cases.csv, at the top of the set",
                    "one that would not be read",
                    format!("move its lines into {}", root.join("cases.csv").display()),
                ));
            }
            found.push((Some(split), joined));
        }
        // Nothing is guessed about the files next to folders of splits.
        if found.is_empty() || usual_folders(root).is_some() {
            let joined = part::find(root, &class_names, options, problems, &mut notes);
            found.extend(joined.map(|joined| (None, joined)));
        }
        let is_usual = found.iter().all(|(_, joined)| joined.guesses.is_empty());
        if is_usual && !is_told {
            other_folders(root, problems, &mut notes);
        }
        if found.is_empty() && problems.is_empty() {
            return Err(not_understood(root, options));
        }
        let all_found = found.iter().map(|(_, joined)| &joined.paired);
        let rows = table.bind(all_found, &patients, problems, &mut notes);
        let guesses = found.iter_mut();
        let guesses = guesses.flat_map(|(_, joined)| std::mem::take(&mut joined.guesses));
        let guesses = guesses.collect();
        let candidates = found
            .into_iter()
            .flat_map(|(split, joined)| candidates_of(joined, split, &rows, &patients, problems))
            .collect();
        Ok(Found {
            candidates,
            notes,
            guesses,
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
        if is_read || usual_folders(&folder).is_none() {
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

/// An image without a patient in `cases.csv` or in its name is its own patient.
fn candidates_of(
    joined: Joined,
    split: Option<Split>,
    rows: &Rows,
    patients: &Patients,
    problems: &mut Vec<DataError>,
) -> Vec<Candidate> {
    let Joined {
        paired, mut masks, ..
    } = joined;
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
                masks: masks.remove(&stem).unwrap_or_default(),
                stem,
                image,
                labels,
                clean: None,
            };
            (case, split.or(row.and_then(|row| row.split)))
        })
        .collect()
}
