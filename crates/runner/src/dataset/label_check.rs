//! Reads everything that a training needs only at its end before it begins: the labels of every split, and the test images.

mod checked;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use data::{Case, DataError, DataOptions, Dataset, Remark, Split, counted};
use rayon::prelude::*;

use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::terminal::progress::Progress;
use checked::Key;

/// Reads the files of these splits, and warns of what could be read in more than one way. A data set that was found sound before
/// is not decoded again while its bytes are the same. Returns the checksums of the files that were read for that.
///
/// # Errors
///
/// A file cannot be read, or labels contain values without a class: the first such file, and the number of others.
pub(crate) fn check(
    dataset: &Dataset,
    options: &DataOptions,
    splits: &[Split],
    progress: Progress,
) -> Result<FileSums, RunnerError> {
    // All three splits are then the same images.
    let splits = if options.overfit > 0 {
        &[Split::Test]
    } else {
        splits
    };
    let cases: Vec<(&Case, Split)> = splits
        .iter()
        .flat_map(|split| dataset.cases(*split).iter().map(|case| (case, *split)))
        .collect();
    let mut sums = FileSums::new();
    let place = checked::path().map(|path| {
        let bar = progress.counting("comparing", cases.len());
        let (key, read) = Key::compute(dataset, options, &cases, &|| bar.inc(1));
        sums = read;
        bar.finish_and_clear();
        (path, key)
    });
    let known = place
        .as_ref()
        .and_then(|(path, key)| checked::find(path, key));
    let remarks = if let Some(remarks) = known {
        remarks
    } else {
        let remarks = read(dataset, &cases, progress)?;
        if let Some((path, key)) = place {
            checked::keep(&path, key, &remarks);
        }
        remarks
    };
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    Ok(sums)
}

fn read(
    dataset: &Dataset,
    cases: &[(&Case, Split)],
    progress: Progress,
) -> Result<Vec<String>, RunnerError> {
    let bar = progress.counting("checking", cases.len());
    let done = AtomicUsize::new(0);
    let read: Vec<Result<Vec<(PathBuf, String)>, DataError>> = cases
        .par_iter()
        .map(|(case, split)| {
            let found = dataset.examine(case, *split == Split::Test);
            bar.set_position(1 + done.fetch_add(1, Ordering::Relaxed) as u64);
            found
        })
        .collect();
    bar.finish_and_clear();
    let mut remarks = Vec::new();
    let mut problems = Vec::new();
    for found in read {
        match found {
            Ok(found) => remarks.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    let others = problems.len().saturating_sub(1);
    match problems.into_iter().next() {
        None => Ok(Remark::gather(remarks)
            .iter()
            .map(ToString::to_string)
            .collect()),
        Some(problem) if others == 0 => Err(problem.into()),
        Some(problem) => {
            let error = RunnerError::from(problem);
            let more = counted(others, "more file");
            Err(error.with_more_advice(format!(
                "problems in {more}: `selvedge data check` lists all"
            )))
        }
    }
}
