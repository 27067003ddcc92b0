//! Burn photographs in the layout that `selvedge synth bamsi` writes.
//!
//! * `dataset.json`: `name`, `classes` (background first), `ignore`; and `palette`, if labels are coloured: class numbers
//!   by colour, as `data.label_values` of a recipe;
//! * `images/NAME.png` (or JPEG, TIFF, BMP, GIF, WebP): photographs;
//! * `labels/NAME.png`: one class number per pixel;
//! * `clean/NAME.png`, optionally: the labels without annotation noise;
//! * `cases.csv`, optionally: `image,patient,grade,split`, of which the last three may be empty. The grade is a class name,
//!   with or without its first word (`2a` for `grade 2a`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::dataset::case::Case;
use crate::dataset::contents::{contents, without_image};
use crate::dataset::found::Found;
use crate::dataset::layout::Layout;
use crate::dataset::patients::Patients;
use crate::dataset::tables::cases_table::CasesTable;
use crate::error::DataError;
use crate::files::listing::images_by_stem;
use crate::files::open::{DESCRIPTION, read_bounded};
use crate::files::pairing::pairs;
use crate::options::DataOptions;
use crate::synth::bamsi::write_bamsi;
use crate::synth::options::{SizeOption, SyntheticSet};
use crate::text::few;

/// The fields of `dataset.json` that are read.
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

/// Burn photographs with class numbers as labels.
pub(crate) struct Bamsi;

impl Layout for Bamsi {
    fn find(
        &self,
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
                "correct one of the two, or remove data.classes from the recipe",
            ));
        }
        let mut notes = Vec::new();
        let table = CasesTable::read(root, options, problems, &mut notes);
        let clean = root.join("clean");
        let mut clean_files = if clean.is_dir() {
            images_by_stem(&clean, problems)
        } else {
            BTreeMap::new()
        };
        let patients = Patients::new(root, options, None)?;
        let mut grades = BTreeMap::new();
        let mut no_grades = Vec::new();
        let mut candidates = Vec::new();
        let paired = pairs(
            &root.join("images"),
            &root.join("labels"),
            problems,
            &mut notes,
        );
        let rows = table.bind(std::iter::once(&paired), &patients, problems, &mut notes);
        for (stem, image, labels) in paired.pairs {
            let row = rows.get(&stem).cloned().unwrap_or_default();
            if !row.grade.is_empty() {
                match grade_of(&row.grade, &description.classes) {
                    Some(grade) => {
                        grades.insert(stem.clone(), grade);
                    }
                    None => no_grades.push(format!("'{}' for '{stem}'", row.grade)),
                }
            }
            let case = Case {
                patient: patients.patient_of(
                    &stem,
                    &image,
                    &row.patient,
                    || stem.clone(),
                    problems,
                ),
                masks: Vec::new(),
                clean: clean_files.remove(&stem),
                stem,
                image,
                labels,
            };
            candidates.push((case, row.split));
        }
        notes.extend(without_image(&clean, &clean_files));
        if !no_grades.is_empty() {
            problems.push(DataError::new(
                &root.join("cases.csv"),
                format!(
                    "grades among the classes {}",
                    description.classes.join(", ")
                ),
                few(&no_grades),
                "correct them, or leave them empty: the deepest class of the labels is then used",
            ));
        }
        Ok(Found {
            candidates,
            class_names: description.classes,
            ignore: description.ignore,
            white_is_one: false,
            palette: description.palette,
            grades,
            notes,
            ..Found::default()
        })
    }

    fn has_grades(&self) -> bool {
        true
    }

    fn synthetic(&self) -> Option<SyntheticSet> {
        Some(SyntheticSet {
            about: "Burn photographs of grades 1, 2a, 2b, 3 and 4",
            images: SizeOption {
                help: "How many photographs",
                default: 160,
            },
            size: SizeOption {
                help: "Their rows and columns",
                default: 128,
            },
            example: ("burns", 200, 256),
            draw: |folder, options, progress| {
                Ok(write_bamsi(folder, options, progress)?.to_string())
            },
        })
    }
}

/// The class of a grade: the class name or its last word; background is not a grade.
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
            "give a folder in the BAMSI layout (see docs/data.md), or use `--set data.kind=folder`",
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
    let text = read_bounded(&path, DESCRIPTION).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}
