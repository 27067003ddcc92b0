//! The frames of one of ACDC's patients: volumes with their labels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::dataset::case::Case;
use crate::dataset::contents::contents;
use crate::dataset::layouts::acdc::file_names::names;
use crate::error::DataError;
use crate::files::names::volume_stem;
use crate::files::unsupported_volumes::unsupported_volumes;

/// The frames of one patient that have labels, and a problem for each that has none.
pub(crate) fn cases(name: &str, folder: &Path, problems: &mut Vec<DataError>) -> Vec<Case> {
    let mut frames: BTreeMap<String, [Option<PathBuf>; 3]> = BTreeMap::new();
    // Files with other suffixes, by frame: a prediction, or labels under another name.
    let mut others: BTreeMap<String, String> = BTreeMap::new();
    let files = match names(folder, problems) {
        Ok(files) => files,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let prefix = format!("{name}_frame");
    let before = problems.len();
    for file in files {
        let path = folder.join(&file);
        let Some(stem) = volume_stem(&path).filter(|stem| stem.starts_with(&prefix)) else {
            continue;
        };
        let number = stem[prefix.len()..].find(|letter: char| !letter.is_alphanumeric());
        let (frame, ending) = stem.split_at(number.map_or(stem.len(), |at| prefix.len() + at));
        let part = match ending {
            "" => 0,
            "_gt" => 1,
            "_clean" => 2,
            _ => {
                others.entry(frame.to_string()).or_insert(file);
                continue;
            }
        };
        let place = &mut frames.entry(frame.to_string()).or_default()[part];
        if let Some(other) = place {
            problems.push(DataError::new(
                &path,
                "one file for each frame",
                format!("{} as well", other.display()),
                "remove one of the two",
            ));
        }
        *place = Some(path);
    }
    let mut cases = Vec::new();
    for (stem, parts) in frames {
        match parts {
            [Some(image), Some(labels), clean] => cases.push(Case {
                stem,
                patient: name.to_string(),
                image,
                labels,
                masks: Vec::new(),
                clean,
            }),
            [Some(image), None, _] => {
                let (found, advice) = match others.remove(&stem) {
                    Some(other) => (
                        format!("no such file, but {other}"),
                        format!("if these are the labels, rename them to {stem}_gt.nii.gz"),
                    ),
                    None => (
                        "no such file".into(),
                        "add the labels, or remove the volume".into(),
                    ),
                };
                let expected = format!("its labels as {stem}_gt.nii.gz next to it");
                problems.push(DataError::new(&image, expected, found, advice));
            }
            [None, labels, clean] => {
                for path in [labels, clean].into_iter().flatten() {
                    problems.push(DataError::new(
                        &path,
                        format!("its volume as {stem}.nii.gz next to it"),
                        "no such file",
                        "add the volume, or remove the labels",
                    ));
                }
            }
        }
    }
    if cases.is_empty() && problems.len() == before {
        problems.push(unsupported_volumes(folder).unwrap_or_else(|| {
            DataError::new(
                folder,
                format!("volumes {prefix}NN.nii.gz with {prefix}NN_gt.nii.gz"),
                contents(folder),
                "add the files, or remove the folder",
            )
        }));
    }
    cases
}
