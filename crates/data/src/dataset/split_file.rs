//! A split that is given as a file: the one that a run keeps, or a table.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::LineProblems;
use crate::file::{MAX_ROWS, TABLE, read_bounded};
use crate::split::Candidate;
use crate::{DataError, Split};

/// An image's place; the columns of the table, and the keys in a run's `split.json`.
#[derive(Deserialize)]
struct Entry {
    image: String,
    #[serde(default)]
    patient: String,
    split: Split,
}

/// Gives every image the patient and the split of the file; what the set itself says counts no more.
///
/// Images of one name below two folders are told apart by their patients.
pub(super) fn apply(path: &Path, candidates: &mut [Candidate], problems: &mut Vec<DataError>) {
    let entries = match read(path) {
        Ok(entries) => entries,
        Err(problem) => {
            problems.push(problem);
            return;
        }
    };
    let mut by_name: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        by_name.entry(entry.image.clone()).or_default().push(entry);
    }
    for (case, split) in candidates {
        let entries = by_name.get_mut(&case.stem);
        let entry = entries.and_then(|entries| {
            let namesakes = entries.len() > 1;
            let place = entries
                .iter()
                .position(|entry| !namesakes || entry.patient == case.patient)?;
            Some(entries.remove(place))
        });
        let Some(entry) = entry else {
            problems.push(DataError::new(
                path,
                format!(
                    "one line for every image, also for {}",
                    case.image.display()
                ),
                "none",
                "add the line, or move the image and its labels away",
            ));
            continue;
        };
        if !entry.patient.is_empty() {
            case.patient = entry.patient;
        }
        *split = Some(entry.split);
    }
    let mut problems = LineProblems::of(path, problems);
    for entry in by_name.into_values().flatten() {
        problems.push(
            "lines for the images that are there, each once",
            format!("'{}' too many", entry.image),
            "remove the line, or add the image and its labels",
        );
    }
}

fn read(path: &Path) -> Result<Vec<Entry>, DataError> {
    let wrong = |found: String| {
        DataError::new(
            path,
            "a split: the split.json of a run's folder, or a table with the columns image,patient,split",
            found,
            "correct the file or data.split_file; a split is train, validation or test",
        )
    };
    let text = read_bounded(path, TABLE).map_err(wrong)?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let entries: Vec<Entry> = if is_json {
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?
    } else {
        csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(&text[..])
            .deserialize()
            .take(MAX_ROWS + 1)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?
    };
    if entries.len() > MAX_ROWS {
        return Err(wrong(format!("more than {MAX_ROWS} images")));
    }
    Ok(entries)
}
