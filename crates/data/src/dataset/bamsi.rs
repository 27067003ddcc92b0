//! Burn photographs in the layout that `selvedge synth bamsi` writes.
//!
//! * `dataset.json`: `name`, `classes` (background first), `ignore`;
//! * `images/NAME.png` (or JPEG, TIFF, BMP): photographs;
//! * `labels/NAME.png`: one class number per pixel;
//! * `clean/NAME.png`, if the truth is known: the labels without annotation noise;
//! * `cases.csv`, if there is more to say: `image,patient,grade,split`, the last two may be empty.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::cases_table::read_rows;
use super::{Case, Found, contents};
use crate::listing::{image_files, pairs};
use crate::{DataError, DataOptions};

/// What is read of `dataset.json`.
#[derive(Deserialize)]
struct Description {
    classes: Vec<String>,
    #[serde(default = "usual_ignore")]
    ignore: u8,
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
    let mut unnamed = rows.clone().unwrap_or_default();
    let mut candidates = Vec::new();
    for (stem, image, labels) in pairs(&root.join("images"), &root.join("labels"), problems) {
        let row = unnamed.remove(&stem);
        if rows.is_some() && row.is_none() {
            problems.push(DataError::new(
                &root.join("cases.csv"),
                format!("a line for every image, also for '{stem}'"),
                "none",
                "add the line, or remove the image and its labels",
            ));
        }
        let (patient, split) = row.unwrap_or_default();
        let case = Case {
            patient: if patient.is_empty() {
                stem.clone()
            } else {
                patient
            },
            clean: clean_files.remove(&stem),
            stem,
            image,
            labels,
        };
        candidates.push((case, split));
    }
    for image in unnamed.into_keys() {
        problems.push(DataError::new(
            &root.join("cases.csv"),
            "lines for the images that are there",
            format!("'{image}', which is not in images/ and labels/"),
            "add the files, or remove the line",
        ));
    }
    Ok(Found {
        candidates,
        class_names: description.classes,
        ignore: description.ignore,
        white_is_one: false,
    })
}

fn describe(root: &Path) -> Result<Description, DataError> {
    let path = root.join("dataset.json");
    let text = fs::read_to_string(&path).map_err(|error| {
        DataError::new(
            root,
            "dataset.json, images/ and labels/",
            format!("{} ({error})", contents(root)),
            "give a folder in the BAMSI layout (see the README), or use `--set data.kind=folder`",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        DataError::new(
            &path,
            "an object with \"classes\": [names, background first]",
            error.to_string(),
            "correct the file; `selvedge synth bamsi` writes an example",
        )
    })
}
