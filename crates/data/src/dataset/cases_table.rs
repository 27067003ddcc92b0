//! `cases.csv`: whose image it is and which split it belongs to.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::LineProblems;
use crate::file::{MAX_ROWS, TABLE, read_bounded};
use crate::{DataError, Split};

/// A line of `cases.csv` as it is written.
#[derive(Deserialize)]
struct Line {
    image: String,
    #[serde(default)]
    patient: String,
    #[serde(default)]
    grade: String,
    #[serde(default)]
    split: String,
}

/// What a line says of its image.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Whose image it is; may be empty.
    pub(super) patient: String,
    /// The grade of the whole image; may be empty.
    pub(super) grade: String,
    pub(super) split: Option<Split>,
}

/// What the table says, by image.
pub(super) type Rows = BTreeMap<String, Row>;

/// What the table says, by image; nothing if there is no such file.
pub(super) fn read_rows(path: &Path, problems: &mut Vec<DataError>) -> Option<Rows> {
    if !path.exists() {
        return None;
    }
    let mut problems = LineProblems::of(path, problems);
    let mut wrong = |line: usize, found: String| {
        problems.push(
            format!("line {line} to read image,patient,grade,split, each image once"),
            found,
            "correct the line; patient, grade and split may be empty",
        );
    };
    let mut rows = Rows::new();
    let text = match read_bounded(path, TABLE) {
        Ok(text) => text,
        Err(found) => {
            wrong(1, found);
            return Some(rows);
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(&text[..]);
    for (index, row) in reader.deserialize::<Line>().enumerate() {
        let line = index + 2;
        if index == MAX_ROWS {
            wrong(line, format!("more than {MAX_ROWS} lines"));
            break;
        }
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                wrong(line, error.to_string());
                continue;
            }
        };
        let split = match row.split.as_str() {
            "" => None,
            text => match text.parse() {
                Ok(split) => Some(split),
                Err(error) => {
                    wrong(line, error);
                    continue;
                }
            },
        };
        let said = Row {
            patient: row.patient,
            grade: row.grade,
            split,
        };
        if rows.insert(row.image.clone(), said).is_some() {
            wrong(line, format!("'{}' a second time", row.image));
        }
    }
    Some(rows)
}
