//! A new folder of labels in which places of an audit are ignored, or drawn as suggested.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use audit::place::Kind;
use data::{Case, CaseImage, Dataset, LabelVolume, read_label_image, volume_stem};

use crate::auditing::folder::{Audit, PlaceRow, SUGGESTED};
use crate::auditing::images::{all_cases, slice_name};
use crate::auditing::place_pixels::PlacePixels;
use crate::error::RunnerError;
use crate::files::output::OutputFolder;
use crate::prediction::label_files::write_labels;

/// What happens to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// Its pixels are ignored.
    Ignore,
    /// Its pixels get the suggested class.
    Suggested,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Label files that were written.
    pub(crate) files: usize,
    /// Images in which something changed.
    pub(crate) images: usize,
    /// Pixels that changed.
    pub(crate) pixels: usize,
}

/// The first lines of a list, of some kinds.
pub(crate) fn chosen<'a>(places: &'a [PlaceRow], kinds: &[Kind], top: Top) -> Vec<&'a PlaceRow> {
    let of_kinds = places.iter().filter(|row| kinds.contains(&row.kind));
    let mut rows: Vec<&PlaceRow> = of_kinds.collect();
    rows.sort_by_key(|row| row.rank);
    let count = match top {
        Top::Count(count) => count,
        Top::Percent(percent) => (rows.len() as f64 * percent / 100.0).ceil() as usize,
    };
    rows.truncate(count);
    rows
}

/// How many lines of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Top {
    /// This many.
    Count(usize),
    /// This many in a hundred, rounded up.
    Percent(f64),
}

impl std::str::FromStr for Top {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("expected a share such as 5% or a number such as 20, found '{text}'");
        if let Some(percent) = text.strip_suffix('%') {
            let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
            return if percent > 0.0 && percent <= 100.0 {
                Ok(Self::Percent(percent))
            } else {
                Err(wrong())
            };
        }
        match text.parse() {
            Ok(count) if count > 0 => Ok(Self::Count(count)),
            _ => Err(wrong()),
        }
    }
}

/// Where a case's new labels go: the path of its old ones below the data set's folder, with the extension of the new format.
fn name_of(dataset: &Dataset, case: &Case) -> Result<String, RunnerError> {
    let below = case
        .labels
        .strip_prefix(&dataset.root)
        .unwrap_or(&case.labels);
    if !case.masks.is_empty() {
        return Err(RunnerError::mismatch(
            "labels in one file for each image",
            format!("{} masks of '{}'", case.masks.len(), case.stem),
            "new labels can be written only as one file: save them as one image of class numbers for each image first",
        )
        .at(case.labels.display()));
    }
    let folder = below.parent().unwrap_or(Path::new(""));
    let name = if let Some(stem) = volume_stem(&case.labels) {
        format!("{stem}.nii.gz")
    } else {
        let extension = case.labels.extension().unwrap_or_default();
        let extension = extension.to_string_lossy();
        if ["npz", "npy", "pkl", "pickle"].contains(&extension.to_lowercase().as_str()) {
            return Err(RunnerError::mismatch(
                "labels in images or NIfTI volumes",
                format!(".{extension}"),
                "new labels can be written only in these formats: convert the set to them first",
            )
            .at(case.labels.display()));
        }
        let stem = case.labels.file_stem().unwrap_or_default();
        format!("{}.png", stem.to_string_lossy())
    };
    let parts = folder
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(parts.chain([name]).collect::<Vec<_>>().join("/"))
}

/// Writes the labels of every case to `out`: those without a chosen place as they are.
///
/// # Errors
///
/// `out` is inside the data set, or has other files with these names; a file cannot be read or written.
pub(crate) fn apply(
    (folder, audit): (&Path, &Audit),
    dataset: &Dataset,
    rows: &[&PlaceRow],
    treatment: Treatment,
    out: &Path,
) -> Result<Applied, RunnerError> {
    refuse_inside(&dataset.root, out)?;
    let cases = all_cases(dataset);
    let names: Result<Vec<String>, RunnerError> =
        cases.iter().map(|case| name_of(dataset, case)).collect();
    let names = names?;
    let output = OutputFolder::prepare("audit-apply", out, &names)?;
    let folders: BTreeSet<PathBuf> = names
        .iter()
        .filter_map(|name| Some(out.join(name).parent()?.to_path_buf()))
        .collect();
    for path in &folders {
        std::fs::create_dir_all(path).map_err(|error| RunnerError::unwritable(path, error))?;
    }
    let mut by_image: BTreeMap<&str, Vec<&PlaceRow>> = BTreeMap::new();
    for row in rows {
        by_image.entry(&row.image).or_default().push(row);
    }
    let mut applied = Applied::default();
    for (case, name) in cases.iter().zip(&names) {
        let (image, mut labels) = dataset.load(case)?;
        let slices = labels.shape[0];
        for slice in 0..slices {
            let image_name = slice_name(&case.stem, slice, slices);
            if let Some(rows) = by_image.get(image_name.as_str()) {
                let changed = Change {
                    audit,
                    folder,
                    treatment,
                    name: &image_name,
                }
                .change(&mut labels, slice, rows)?;
                applied.images += usize::from(changed > 0);
                applied.pixels += changed;
            }
        }
        write(&output, name, &image, &labels)?;
        applied.files += 1;
    }
    Ok(applied)
}

fn write(
    output: &OutputFolder,
    name: &str,
    image: &CaseImage,
    labels: &LabelVolume,
) -> Result<(), RunnerError> {
    output.write(name, |path| write_labels(path, image, labels))
}

struct Change<'a> {
    audit: &'a Audit,
    folder: &'a Path,
    treatment: Treatment,
    name: &'a str,
}

impl Change<'_> {
    /// Changes a slice of labels at these places, and returns the number of changed pixels.
    fn change(
        &self,
        labels: &mut LabelVolume,
        slice: usize,
        rows: &[&PlaceRow],
    ) -> Result<usize, RunnerError> {
        let [_, height, width] = labels.shape;
        let of_slice = &mut labels.classes[slice * height * width..][..height * width];
        let before = of_slice.to_vec();
        let ignore = self.audit.note.ignore;
        for row in rows {
            if row.kind == Kind::Image {
                // A whole label has no suggestion.
                if self.treatment == Treatment::Ignore {
                    of_slice.fill(ignore);
                }
                continue;
            }
            let path = self
                .folder
                .join(SUGGESTED)
                .join(format!("{}.png", self.name));
            let suggested = read_label_image(&path)?;
            let fits = [suggested.height, suggested.width] == [height, width]
                && row.x1 <= width
                && row.y1 <= height;
            if !fits {
                return Err(RunnerError::mismatch(
                    format!("{width}×{height} pixels as the labels, and places inside them"),
                    format!(
                        "{}×{}, place {}",
                        suggested.width, suggested.height, row.rank
                    ),
                    "run the audit again",
                )
                .at(path.display()));
            }
            let pixels = PlacePixels::new(row, &self.audit.note.classes);
            for pixel in pixels.indices(width, &before, &suggested.classes) {
                if before[pixel] != ignore {
                    of_slice[pixel] = match self.treatment {
                        Treatment::Ignore => ignore,
                        Treatment::Suggested => suggested.classes[pixel],
                    };
                }
            }
        }
        let changed = before
            .iter()
            .zip(&*of_slice)
            .filter(|(old, new)| old != new);
        Ok(changed.count())
    }
}

/// Originals are never touched: the new folder is not the data set's, and not inside it.
fn refuse_inside(root: &Path, out: &Path) -> Result<(), RunnerError> {
    let real = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        // The part that exists, without links, and the rest as it is.
        let existing = path.ancestors().find_map(|above| {
            let real = above.canonicalize().ok()?;
            Some(real.join(path.strip_prefix(above).unwrap_or(Path::new(""))))
        });
        existing.unwrap_or(path)
    };
    if !real(out).starts_with(real(root)) {
        return Ok(());
    }
    Err(RunnerError::mismatch(
        "a folder outside the data set",
        "one inside it",
        "nothing was written; choose another `--out`: the original labels are never touched",
    )
    .at(format!("--out {}", out.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_or_a_number_of_lines_is_chosen() {
        let row = |rank, kind| PlaceRow {
            rank,
            patient: String::new(),
            image: String::new(),
            class: String::new(),
            kind,
            score: 0.0,
            area: 0,
            x0: 0,
            y0: 0,
            x1: 0,
            y1: 0,
            suggestion: String::new(),
        };
        let rows: Vec<PlaceRow> = (1..=10)
            .map(|rank| {
                row(
                    rank,
                    if rank % 2 == 0 {
                        Kind::Border
                    } else {
                        Kind::Missed
                    },
                )
            })
            .collect();
        let ranks = |kinds: &[Kind], top: &str| -> Vec<usize> {
            let top = top.parse().expect("a share");
            chosen(&rows, kinds, top)
                .iter()
                .map(|row| row.rank)
                .collect()
        };
        assert_eq!(ranks(&Kind::ALL, "25%"), [1, 2, 3]);
        assert_eq!(ranks(&[Kind::Border], "40%"), [2, 4]);
        assert_eq!(ranks(&[Kind::Border], "1"), [2]);
        assert_eq!(ranks(&Kind::ALL, "99").len(), 10);
        for wrong in ["0", "0%", "101%", "x", "-1", "NaN%"] {
            assert!(wrong.parse::<Top>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_inside_the_data_set_is_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let root = parent.path().join("set");
        std::fs::create_dir_all(root.join("labels")).expect("folders");
        for inside in ["set", "set/labels", "set/new/labels", "other/../set/labels"] {
            let error = refuse_inside(&root, &parent.path().join(inside));
            if inside.starts_with("other") {
                // A path through a folder that does not exist leads nowhere.
                continue;
            }
            assert_eq!(error.expect_err(inside).exit_code, 2);
        }
        refuse_inside(&root, &parent.path().join("set-2")).expect("outside");
    }
}
