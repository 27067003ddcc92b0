//! Every problem of a data set at once, and what it holds.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use crate::dataset::Case;
use crate::{DataError, DataOptions, Dataset, Kind, Split};

/// What `selvedge data check` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// Images with labels.
    pub images: usize,
    /// Patients.
    pub patients: usize,
    /// Images for training, validation and test.
    pub splits: [usize; 3],
    /// What the labels hold, class by class.
    pub classes: Vec<ClassShare>,
    /// Images whose labels are all background: sound, and worth a look.
    pub empty: Vec<String>,
    /// Everything that is wrong.
    pub problems: Vec<DataError>,
}

/// How much of a data set one class takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassShare {
    /// The class's name.
    pub name: String,
    /// Images that hold it.
    pub images: usize,
    /// Its share of all pixels that are not ignored.
    pub pixel_share: f64,
}

/// Reads every file of a data set and tells every problem, not only the first.
pub fn check(kind: Kind, root: &Path, options: &DataOptions) -> CheckReport {
    let options = DataOptions {
        kind,
        ..options.clone()
    };
    let (dataset, mut problems) = Dataset::survey(root, &options, &Split::ALL);
    let Some(dataset) = dataset else {
        return CheckReport {
            images: 0,
            patients: 0,
            splits: [0; 3],
            classes: Vec::new(),
            empty: Vec::new(),
            problems,
        };
    };
    let splits = Split::ALL.map(|split| dataset.cases(split).len());
    let cases: Vec<&Case> = Split::ALL
        .iter()
        .flat_map(|split| dataset.cases(*split))
        .collect();
    let classes = dataset.class_names.len();
    let read: Vec<(Vec<usize>, Vec<DataError>)> = cases
        .par_iter()
        .map(|case| pixels(&dataset, case))
        .collect();

    let mut images = vec![0; classes];
    let mut sums = vec![0; classes];
    let mut empty = Vec::new();
    for (case, (counts, found)) in cases.iter().zip(read) {
        for (class, count) in counts.iter().enumerate() {
            images[class] += usize::from(*count > 0);
            sums[class] += count;
        }
        if found.is_empty() && counts[1..].iter().all(|count| *count == 0) {
            empty.push(case.stem.clone());
        }
        problems.extend(found);
    }
    let whole = sums.iter().sum::<usize>().max(1);
    CheckReport {
        images: cases.len(),
        patients: cases
            .iter()
            .map(|case| &case.patient)
            .collect::<BTreeSet<_>>()
            .len(),
        splits,
        classes: dataset
            .class_names
            .iter()
            .zip(images.into_iter().zip(sums))
            .map(|(name, (images, pixels))| ClassShare {
                name: name.clone(),
                images,
                pixel_share: pixels as f64 / whole as f64,
            })
            .collect(),
        empty,
        problems,
    }
}

/// Pixels of each class, and what is wrong with the case's files.
fn pixels(dataset: &Dataset, case: &Case) -> (Vec<usize>, Vec<DataError>) {
    let mut counts = vec![0; dataset.class_names.len()];
    let mut problems = Vec::new();
    if let Err(problem) = dataset.load_image(case) {
        // Its labels cannot be compared with a picture that cannot be read.
        return (counts, vec![problem]);
    }
    match dataset.load_label_volume(case) {
        Ok(labels) => {
            for class in labels.classes {
                if let Some(count) = counts.get_mut(usize::from(class)) {
                    *count += 1;
                }
            }
        }
        Err(problem) => problems.push(problem),
    }
    problems.extend(dataset.load_clean_volume(case).err());
    (counts, problems)
}
