//! Burn photographs in the layout that `selvedge synth bamsi` writes.
//!
//! * `dataset.json`: `name`, `classes` (background first), `ignore`; and `palette`, if labels are coloured: class numbers by
//!   colour, as `data.label_values` of a recipe;
//! * `images/NAME.png` (or JPEG, TIFF, BMP): photographs;
//! * `labels/NAME.png`: one class number per pixel;
//! * `clean/NAME.png`, if the truth is known: the labels without annotation noise;
//! * `cases.csv`, if there is more to say: `image,patient,grade,split`, the last three may be empty. The grade is a class's
//!   name, with or without the word before it (`2a` for `grade 2a`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::cases_table::read_rows;
use super::patients::Patients;
use super::{Case, Found, contents};
use crate::error::LineProblems;
use crate::file::{DESCRIPTION, read_bounded};
use crate::listing::{image_files, pairs};
use crate::{DataError, DataOptions};

/// What is read of `dataset.json`.
#[derive(Deserialize)]
struct Description {
    classes: Vec<String>,
    #[serde(default = "usual_ignore")]
    ignore: u8,
    #[serde(default)]
    palette: BTreeMap<String, u8>,
}

fn usual_ignore() -> u8 {
    255
}

pub(super) fn find(
    root: &Path,
    options: &DataOptions,
    problems: &mut Vec<DataError>,
) -> Result<Found, DataError> {
    let description = describe(root)?;
    if !options.classes.is_empty() && options.classes != description.classes {
        return Err(DataError::new(
            &root.join("dataset.json"),
            format!("the recipe's classes {:?}", options.classes),
            format!("{:?}", description.classes),
            "correct one of the two, or leave data.classes out of the recipe",
        ));
    }
    let rows = read_rows(&root.join("cases.csv"), problems);
    let clean = root.join("clean");
    let mut clean_files = if clean.is_dir() {
        image_files(&clean, problems)
    } else {
        BTreeMap::new()
    };
    let patients = Patients::new(root, options, None)?;
    let mut grades = BTreeMap::new();
    let mut unnamed: BTreeSet<&String> = rows.iter().flatten().map(|(image, _)| image).collect();
    let mut candidates = Vec::new();
    for (stem, image, labels) in pairs(&root.join("images"), &root.join("labels"), problems) {
        unnamed.remove(&stem);
        let row = rows.as_ref().and_then(|rows| rows.get(&stem));
        if rows.is_some() && row.is_none() {
            problems.push(DataError::new(
                &root.join("cases.csv"),
                format!("a line for every image, also for '{stem}'"),
                "none",
                "add the line, or remove the image and its labels",
            ));
        }
        let row = row.cloned().unwrap_or_default();
        if !row.grade.is_empty() {
            match grade_of(&row.grade, &description.classes) {
                Some(grade) => {
                    grades.insert(stem.clone(), grade);
                }
                None => problems.push(DataError::new(
                    &root.join("cases.csv"),
                    format!("grades among the classes {}", description.classes.join(", ")),
                    format!("'{}' for '{stem}'", row.grade),
                    "correct the grade, or leave it empty: the deepest class of the labels is taken then",
                )),
            }
        }
        let case = Case {
            patient: patients.of(&stem, &image, &row.patient, || stem.clone(), problems),
            clean: clean_files.remove(&stem),
            stem,
            image,
            labels,
        };
        candidates.push((case, row.split));
    }
    let table = root.join("cases.csv");
    let mut problems = LineProblems::of(&table, problems);
    for image in unnamed {
        problems.push(
            "lines for the images that are there",
            format!("'{image}', which is not in images/ and labels/"),
            "add the files, or remove the line",
        );
    }
    drop(problems);
    Ok(Found {
        candidates,
        class_names: description.classes,
        ignore: description.ignore,
        white_is_one: false,
        palette: description.palette,
        grades,
    })
}

/// The class that a grade names: all of its name, or its last word; background is none.
fn grade_of(grade: &str, classes: &[String]) -> Option<u8> {
    let is = |text: &str| text.eq_ignore_ascii_case(grade);
    let named = classes
        .iter()
        .skip(1)
        .position(|class| is(class) || class.rsplit(' ').next().is_some_and(is))?;
    u8::try_from(named + 1).ok()
}

fn describe(root: &Path) -> Result<Description, DataError> {
    let path = root.join("dataset.json");
    if !path.exists() {
        return Err(DataError::new(
            root,
            "dataset.json, images/ and labels/",
            contents(root),
            "give a folder in the BAMSI layout (see the README), or use `--set data.kind=folder`",
        ));
    }
    let wrong = |found: String| {
        DataError::new(
            &path,
            "an object with \"classes\": [names, background first], of at most 1 MiB",
            found,
            "correct the file; `selvedge synth bamsi` writes an example",
        )
    };
    let text = read_bounded(&path, DESCRIPTION).map_err(wrong)?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}
