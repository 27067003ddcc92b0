//! One checksum for all images and labels of a data set, so that two runs can be known to have seen the same data.

use std::path::Path;

use data::{Dataset, Split};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::files::checksum::{FileSums, hexadecimal, of_file};

/// The SHA-256 of a text with one line per file of the cases of all splits, sorted: the file's SHA-256, a space, and its path below
/// the data set's folder, with `/` on every system. Reads every file that is not among the `known`; none, with a warning, if one cannot
/// be read.
pub(crate) fn of(dataset: &Dataset, known: &FileSums) -> Option<String> {
    let cases = Split::ALL.iter().flat_map(|split| dataset.cases(*split));
    let mut files: Vec<&Path> = cases
        .flat_map(|case| {
            let clean = case.clean.as_deref();
            case.label_files().chain([&*case.image]).chain(clean)
        })
        .collect();
    files.sort_unstable();
    // One array of labels may belong to many cases.
    files.dedup();
    let line = |path: &&Path| {
        let sum = match known.get(*path) {
            Some(sum) => sum.clone(),
            None => of_file(data::open_file(path).ok()?.0).ok()?,
        };
        let name = path.strip_prefix(&dataset.root).unwrap_or(path);
        let name: Vec<_> = name
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        Some(format!("{sum} {}\n", name.join("/")))
    };
    let lines: Option<Vec<String>> = files.par_iter().map(line).collect();
    let Some(mut lines) = lines else {
        tracing::warn!(
            "{}: not all files could be read for the checksum of the data, which environment.json then lacks",
            dataset.root.display()
        );
        return None;
    };
    lines.sort_unstable();
    Some(hexadecimal(Sha256::digest(lines.concat())))
}
