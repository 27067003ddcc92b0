//! `cases.csv`: whose image it is and which split it belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::names::{Mismatch, Names};
use super::patients::{Patients, one_spelling};
use super::table::{Line, read_table};
use crate::listing::{Paired, entries};
use crate::text::{counted, few};
use crate::{DataError, DataOptions};

/// What the table says, by image.
pub(super) type Rows = BTreeMap<String, Line>;

/// The table at the top of a set, if there is one; what cannot be read is a problem, and says nothing of any image.
pub(super) struct CasesTable {
    path: PathBuf,
    lines: Option<Vec<Line>>,
}

impl CasesTable {
    pub(super) fn read(
        root: &Path,
        options: &DataOptions,
        problems: &mut Vec<DataError>,
        notes: &mut Vec<String>,
    ) -> Self {
        let path = root.join("cases.csv");
        let lines = if path.exists() {
            let read = read_table(&path, notes);
            read.map_err(|problem| problems.push(problem)).ok()
        } else {
            look_alikes(root, options, problems, notes);
            None
        };
        Self { path, lines }
    }

    /// Gives every line to its image; each image of a set with a table has one line.
    pub(super) fn bind<'a>(
        self,
        found: impl Iterator<Item = &'a Paired>,
        patients: &Patients,
        problems: &mut Vec<DataError>,
        notes: &mut Vec<String>,
    ) -> Rows {
        let Self { path, lines } = self;
        let Some(lines) = lines else {
            return Rows::new();
        };
        let (mut stems, mut alone) = (BTreeSet::new(), BTreeSet::new());
        for paired in found {
            stems.extend(paired.pairs.iter().map(|(stem, ..)| stem.as_str()));
            alone.extend(paired.alone.iter().map(String::as_str));
        }
        let mut mismatch = Mismatch::default();
        let names = Names::of(stems.union(&alone).copied());
        let mut bound = names.bind(&path, lines, &mut mismatch, notes);
        let mut rows = Rows::new();
        for stem in stems {
            let lines = bound.remove(stem).unwrap_or_default();
            if lines.len() > 1 {
                let numbers: Vec<String> =
                    lines.iter().map(|line| line.number.to_string()).collect();
                mismatch
                    .twice
                    .push(format!("'{stem}' (lines {})", numbers.join(" and ")));
            }
            match lines.into_iter().next() {
                Some(line) => {
                    rows.insert(stem.to_string(), line);
                }
                None => mismatch.without_line.push(format!("'{stem}'")),
            }
        }
        mismatch.tell(&path, problems);
        problems.extend(one_spelling(
            &path,
            rows.values().map(|line| line.patient.as_str()),
        ));
        let unnamed = rows.values().filter(|line| line.patient.is_empty()).count();
        if !patients.are_in_names() && (1..rows.len()).contains(&unnamed) {
            notes.push(format!(
                "{}: no patient is named for {unnamed} of {}, each of which counts as a patient of its own",
                path.display(),
                counted(rows.len(), "image")
            ));
        }
        rows
    }
}

/// Tables at the top of a set that are not read by their names: one that is meant as `cases.csv` is a problem.
fn look_alikes(
    root: &Path,
    options: &DataOptions,
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) {
    let tables = ["csv", "tsv", "txt", "xls", "xlsx", "ods"];
    let mut others = Vec::new();
    for name in entries(root) {
        let plain = name.to_lowercase();
        let (stem, ending) = plain.split_once('.').unwrap_or((&plain, ""));
        if ["case", "cases"].contains(&stem) && ending.split('.').any(|part| tables.contains(&part))
        {
            problems.push(DataError::new(
                &root.join(&name),
                "a table of the images, if there is one, as cases.csv",
                format!("'{name}'"),
                "save it as CSV in UTF-8 under that name, or move it away",
            ));
        } else if tables[..2].contains(&ending) && !Path::new(&options.split_file).ends_with(&name)
        {
            others.push(name);
        }
    }
    if !others.is_empty() {
        notes.push(format!(
            "{}: passed over, since a table of images and patients is called cases.csv: {}",
            root.display(),
            few(&others)
        ));
    }
}
