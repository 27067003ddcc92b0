//! The files that every audit has, and the data set as it sees it.

use std::path::{Path, PathBuf};

use data::{DataOptions, Dataset, Split};

use crate::auditing::folder::{AuditNote, IMAGES, ImageRow, LIST, NOTE, PAGE, PlaceRow, table};
use crate::auditing::page;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;

/// Names of the files that every audit has, next to those of its images.
pub(crate) fn common_files() -> impl Iterator<Item = String> {
    [NOTE, IMAGES, LIST, PAGE].into_iter().map(String::from)
}

/// Options of a data set of which all images are audited, whatever their split.
pub(crate) fn without_split(options: &DataOptions) -> DataOptions {
    DataOptions {
        overfit: 0,
        folds: 0,
        fold: 0,
        split_file: String::new(),
        ..options.clone()
    }
}

/// Opens a data set whose split does not matter.
///
/// # Errors
///
/// It is no data set of this kind.
pub(crate) fn open(root: &Path, options: &DataOptions) -> Result<Dataset, RunnerError> {
    let options = without_split(options);
    Ok(Dataset::open_split(root, &options, Split::Train)?)
}

/// Writes the tables, the page, and last of all the note, whose presence says that the audit is whole. Returns the path of the page.
///
/// # Errors
///
/// An image cannot be read for its pictures, or a file cannot be written.
pub(crate) fn write(
    out: &OutputFolder,
    path: &Path,
    dataset: &Dataset,
    note: &AuditNote,
    (images, places): (&[ImageRow], &[PlaceRow]),
) -> Result<PathBuf, RunnerError> {
    let mut images = images.to_vec();
    images.sort_by_key(|row| row.rank);
    out.write_bytes(IMAGES, &table(&images)?)?;
    out.write_bytes(LIST, &table(places)?)?;
    let page = page::render(path, dataset, note, &images, places)?;
    out.write_bytes(PAGE, page.as_bytes())?;
    let note = serde_json::to_vec_pretty(note).map_err(RunnerError::bug)?;
    out.write_bytes(NOTE, &note)?;
    Ok(path.join(PAGE))
}

/// The first lines of a list, as text.
pub(crate) fn list_text(places: &[PlaceRow], page: &Path) -> String {
    const SHOWN: usize = 10;
    let mut text = String::new();
    for place in places.iter().take(SHOWN) {
        let class = if place.class.is_empty() {
            "-"
        } else {
            &place.class
        };
        text += &format!(
            "{:>4}  {:<6}  {:<14}  {:.3}  {}  {}\n",
            place.rank, place.kind, class, place.score, place.image, place.suggestion
        );
    }
    text += &format!(
        "{} in the list. A distrusted label is a place to look, not a mistake. With pictures: {}\n",
        data::counted(places.len(), "line"),
        page.display()
    );
    text
}
