//! A split given as a file: the one that a run stores, or a table.

use std::path::Path;

use serde::Deserialize;

use crate::dataset::case::Candidate;
use crate::dataset::patients::one_spelling;
use crate::dataset::tables::image_names::{Mismatch, Names};
use crate::dataset::tables::table::{Line, read_table};
use crate::error::DataError;
use crate::files::open::{MAX_ROWS, TABLE, read_bounded};
use crate::options::split::Split;
use crate::text::composed;

/// An entry of a run's `split.json`.
#[derive(Deserialize)]
struct Entry {
    image: String,
    #[serde(default)]
    patient: String,
    split: Split,
}

/// Assigns every image the patient and the split of the file, which replace those of the data set.
///
/// Images of the same name in two folders are distinguished by their patients.
pub(crate) fn apply(
    path: &Path,
    candidates: &mut [Candidate],
    problems: &mut Vec<DataError>,
    notes: &mut Vec<String>,
) {
    let lines = match read(path, notes) {
        Ok(lines) => lines,
        Err(problem) => {
            problems.push(problem);
            return;
        }
    };
    problems.extend(one_spelling(
        path,
        lines.iter().map(|line| line.patient.as_str()),
    ));
    let stems: Vec<String> = candidates
        .iter()
        .map(|(case, _)| case.stem.clone())
        .collect();
    let mut mismatch = Mismatch::default();
    let names = Names::new(stems.iter().map(String::as_str));
    let mut by_name = names.bind(path, lines, &mut mismatch, notes);
    for (case, split) in candidates {
        let lines = by_name.get_mut(case.stem.as_str());
        let line = lines.and_then(|lines| {
            let namesakes = lines.len() > 1;
            let place = lines
                .iter()
                .position(|line| !namesakes || line.patient == case.patient)?;
            Some(lines.remove(place))
        });
        let Some(line) = line else {
            mismatch.without_line.push(case.image.display().to_string());
            continue;
        };
        if !line.patient.is_empty() {
            case.patient = line.patient;
        }
        *split = line.split;
    }
    let too_many = by_name.into_iter().filter(|(_, lines)| !lines.is_empty());
    mismatch
        .twice
        .extend(too_many.map(|(stem, _)| format!("'{stem}'")));
    mismatch.report(path, problems);
}

fn read(path: &Path, notes: &mut Vec<String>) -> Result<Vec<Line>, DataError> {
    let wrong = |found: String| {
        DataError::new(
            path,
            "a split: the split.json of a run's folder, or a table with the columns image,patient,split",
            found,
            "correct the file or data.split_file; a split is train, validation or test",
        )
    };
    let is_json = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let lines = if is_json {
        let text = read_bounded(path, TABLE).map_err(|error| wrong(error.to_string()))?;
        let entries: Vec<Entry> =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let lines = (1..).zip(entries).map(|(number, entry)| Line {
            number,
            image: composed(&entry.image),
            patient: composed(&entry.patient),
            split: Some(entry.split),
            ..Line::default()
        });
        lines.collect()
    } else {
        read_table(path, notes)?
    };
    if lines.len() > MAX_ROWS {
        return Err(wrong(format!("more than {MAX_ROWS} images")));
    }
    if let Some(line) = lines.iter().find(|line| line.split.is_none()) {
        return Err(wrong(format!(
            "no split for '{}' (line {})",
            line.image, line.number
        )));
    }
    Ok(lines)
}
