//! Tables with a line for each image, as spreadsheets and scripts write them.
//!
//! The first line names the columns, in any order and case: `image,patient,grade,split`, of which `image` is required.
//! Cells are separated by commas, semicolons or tabs, and may be quoted.

use std::path::Path;

use csv::StringRecord;

use crate::dataset::split_folders::SPLIT_FOLDERS;
use crate::error::DataError;
use crate::files::open::{MAX_ROWS, TABLE, read_bounded};
use crate::options::split::Split;
use crate::text::{composed, few};

/// The columns that are read, in the order of [`Line`].
const COLUMNS: [&str; 4] = ["image", "patient", "grade", "split"];
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// One line. All but the image may be empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// Line number in the file, from 1.
    pub(crate) number: u64,
    /// The image's name as written.
    pub(crate) image: String,
    /// The patient.
    pub(crate) patient: String,
    /// The grade of the whole image.
    pub(crate) grade: String,
    /// The split.
    pub(crate) split: Option<Split>,
}

/// The lines of a table; skipped columns are noted. Errors are reported as one problem of the file.
pub(crate) fn read_table(path: &Path, notes: &mut Vec<String>) -> Result<Vec<Line>, DataError> {
    let wrong = |found: String| {
        DataError::new(
            path,
            "a table whose first line names its columns, such as image,patient,grade,split, with a line for each image",
            found,
            "correct it, or export it again as CSV in UTF-8",
        )
    };
    let bytes = read_bounded(path, TABLE).map_err(|error| wrong(error.to_string()))?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        wrong(format!("line {line} in another encoding"))
    })?;
    if text.contains('\0') {
        return Err(wrong("another encoding, or no text".into()));
    }
    let text = without_mark_of_separator(text);
    let separator = separator(text);
    let text = without_spaces_before_quotes(text, separator);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let read =
        |record: Result<StringRecord, csv::Error>| record.map_err(|error| wrong(error.to_string()));
    let header = records.next().map_or(Ok(StringRecord::new()), read)?;
    let columns = find_columns(path, &header, notes)?;
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for (index, record) in records.enumerate() {
        let record = read(record)?;
        if index == MAX_ROWS {
            return Err(wrong(format!("more than {MAX_ROWS} lines")));
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        match parse_line(&record, header.len(), columns) {
            Ok(line) => lines.push(line),
            Err(found) => faults.push(format!("line {} with {found}", line_number(&record))),
        }
    }
    if faults.is_empty() {
        return Ok(lines);
    }
    Err(DataError::new(
        path,
        format!(
            "lines of {} cells: an image's name, and a split that is train, validation, test or empty",
            header.len()
        ),
        few(&faults),
        "correct these lines; a cell that contains a separator has to be quoted",
    ))
}

/// Skips Excel's first line `sep=;`, which Excel does not show.
fn without_mark_of_separator(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim().len() == 5 && first.starts_with("sep=") => rest,
        _ => text,
    }
}

/// The separator that yields known columns in the first line.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let known = |separator: u8| {
        let cells = header.split(char::from(separator));
        cells
            .filter(|cell| COLUMNS.contains(&normalised(cell).as_str()))
            .count()
    };
    // `max_by_key` returns the last of several maxima, and a comma is the most common.
    let mut by_rank = SEPARATORS;
    by_rank.reverse();
    by_rank
        .into_iter()
        .max_by_key(|separator| known(*separator))
        .unwrap_or(b',')
}

/// A column's name without quotes and spaces, in lower case.
fn normalised(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_lowercase()
}

/// Reads `a, "b, c"` as `a,"b, c"`, in which the quotes belong to the format and not to the name.
fn without_spaces_before_quotes(text: &str, separator: u8) -> String {
    let separator = char::from(separator);
    let mut kept = String::with_capacity(text.len());
    let (mut quoted, mut spaces) = (false, 0);
    for letter in text.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                kept.truncate(kept.len() - spaces);
                spaces = 0;
            }
            ' ' if !quoted
                && (spaces > 0 || kept.is_empty() || kept.ends_with([separator, '\n'])) =>
            {
                spaces += 1;
            }
            _ => spaces = 0,
        }
        kept.push(letter);
    }
    kept
}

/// The position of each of [`COLUMNS`].
fn find_columns(
    path: &Path,
    header: &StringRecord,
    notes: &mut Vec<String>,
) -> Result<[Option<usize>; 4], DataError> {
    let names: Vec<String> = header.iter().map(normalised).collect();
    let places = COLUMNS.map(|column| names.iter().position(|name| name == column));
    let others: Vec<&String> = names
        .iter()
        .enumerate()
        .filter(|(place, name)| !name.is_empty() && !places.contains(&Some(*place)))
        .map(|(_, name)| name)
        .collect();
    // Skipping a column because of its spelling would leave its images without a patient or a split.
    let misspelt = others.iter().find_map(|name| {
        let is = |(column, place): &(&str, Option<usize>)| {
            name == column || (place.is_none() && probably_means(name, column))
        };
        let (column, _) = COLUMNS.into_iter().zip(places).find(is)?;
        Some(format!(
            "'{name}', which has to be called '{column}' and occur once"
        ))
    });
    let fault = misspelt.or_else(|| {
        let shown: String = header
            .iter()
            .collect::<Vec<_>>()
            .join(",")
            .chars()
            .take(80)
            .collect();
        places[0].is_none().then(|| format!("'{shown}'"))
    });
    if let Some(found) = fault {
        return Err(DataError::new(
            path,
            "a first line that names the columns image,patient,grade,split, of which all but image are optional",
            found,
            "correct the first line",
        ));
    }
    if !others.is_empty() {
        notes.push(format!(
            "{}: skipped: the columns {}",
            path.display(),
            few(&others)
        ));
    }
    Ok(places)
}

/// Whether a name such as `Patient ID`, `images` or `splt` probably means this column.
fn probably_means(name: &str, column: &str) -> bool {
    let letters: String = name
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let more = letters.strip_prefix(column);
    more.is_some_and(|more| ["s", "id", "ids", "name", "names"].contains(&more))
        || strsim::levenshtein(name, column) <= 1
}

fn line_number(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// Parses a line, or describes what is wrong with it.
fn parse_line(
    record: &StringRecord,
    width: usize,
    columns: [Option<usize>; 4],
) -> Result<Line, String> {
    if record.iter().any(|cell| cell.contains('\n')) {
        return Err("a quote that is not closed".into());
    }
    if record.iter().skip(width).any(|cell| !cell.is_empty()) {
        return Err(format!("{} cells", record.len()));
    }
    let [image, patient, grade, split] = columns.map(|place| {
        place
            .and_then(|place| record.get(place))
            .unwrap_or_default()
    });
    if image.is_empty() {
        return Err("no image".into());
    }
    let named = SPLIT_FOLDERS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(split));
    if named.is_none() && !split.is_empty() {
        return Err(format!("the split '{split}'"));
    }
    Ok(Line {
        number: line_number(record),
        image: composed(image),
        patient: composed(patient),
        grade: grade.to_string(),
        split: named.map(|(_, split)| *split),
    })
}
