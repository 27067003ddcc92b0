//! Opens data sets: finds, pairs and splits the files of a folder without reading an image.

use std::path::Path;

use crate::dataset::case::Case;
use crate::dataset::contents::folder_exists;
use crate::dataset::found::Found;
use crate::dataset::layouts::layout_named;
use crate::dataset::split::split;
use crate::dataset::tables::split_file;
use crate::dataset::{Dataset, class_names, patients};
use crate::error::DataError;
use crate::files::unsupported_volumes::volumes_in_place_of_images;
use crate::images::homogenise;
use crate::labels::label_values::LabelValues;
use crate::options::DataOptions;
use crate::options::split::Split;

impl Dataset {
    /// Lists a folder, pairs images with labels and splits them by patient. Reads no image.
    ///
    /// # Errors
    ///
    /// The first problem of the folder; [`check`](fn@crate::check) reports them all.
    pub fn open(root: &Path, options: &DataOptions) -> Result<Self, DataError> {
        Self::open_with(root, options, &Split::ALL)
    }

    /// Opens a data set of which only one split is used: the others may be empty.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_split(root: &Path, options: &DataOptions, split: Split) -> Result<Self, DataError> {
        Self::open_with(root, options, &[split])
    }

    fn open_with(root: &Path, options: &DataOptions, needed: &[Split]) -> Result<Self, DataError> {
        let (dataset, problems) = Self::survey(root, options, needed);
        match problems.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(dataset.expect("a folder without problems is a data set")),
        }
    }

    /// The data set, if it could be assembled, and every problem of its folder.
    pub(crate) fn survey(
        root: &Path,
        options: &DataOptions,
        needed: &[Split],
    ) -> (Option<Self>, Vec<DataError>) {
        let mut problems = Vec::new();
        let layout = layout_named(options.kind);
        let found = folder_exists(root)
            .and_then(|()| options.check_names(root))
            .and_then(|()| layout.find(root, options, &mut problems));
        let dataset = found
            .and_then(|found| Self::assemble(root, options, found, needed, &mut problems))
            .map_err(|problem| problems.push(problem))
            .ok();
        (dataset, problems)
    }

    fn assemble(
        root: &Path,
        options: &DataOptions,
        found: Found,
        needed: &[Split],
        problems: &mut Vec<DataError>,
    ) -> Result<Self, DataError> {
        let classes = found.class_names.len();
        let most = found.ignore.min(options.ignore);
        if classes < 2 || classes > usize::from(most) {
            return Err(DataError::new(
                root,
                format!("2 to {most} classes, background included"),
                format!("{classes}"),
                "name the classes in data.classes of the recipe, or in dataset.json",
            ));
        }
        class_names::check(root, &found.class_names)?;
        // A fold of the data set's own leaves nothing to be drawn.
        let options = &DataOptions {
            folds: if found.has_folds { 0 } else { options.folds },
            fold: if found.has_folds { 0 } else { options.fold },
            ..options.clone()
        };
        options.check_split(root)?;
        homogenise::check(options.homogenise, root)?;
        let values = LabelValues::new(options, &found.encoding(), root)?;
        let mask_values = if options.label_files.is_empty() {
            values.clone()
        } else {
            LabelValues::new(options, &found.mask_encoding(), root)?
        };
        if found.candidates.is_empty() && problems.is_empty() {
            if let Some(problem) = volumes_in_place_of_images(root) {
                return Err(problem);
            }
            return Err(DataError::new(
                root,
                "images with labels",
                "none",
                "put photographs into images/ and their labels, under the same names, into labels/",
            ));
        }
        let mut candidates = found.candidates;
        let mut notes = found.notes;
        candidates.sort_by(|(one, _), (other, _)| one.stem.cmp(&other.stem));
        if !options.patient_pattern.is_empty() {
            let patients = candidates.iter().map(|(case, _)| case.patient.as_str());
            problems.extend(patients::one_spelling(root, patients));
        }
        if !options.split_file.is_empty() {
            let file = Path::new(&options.split_file);
            split_file::apply(file, &mut candidates, problems, &mut notes);
        }
        let splits = if options.overfit > 0 {
            let cases: Vec<Case> = candidates
                .into_iter()
                .map(|(case, _)| case)
                .take(options.overfit)
                .collect();
            [cases.clone(), cases.clone(), cases]
        } else {
            let cases = split(root, candidates, options, needed, problems);
            Split::ALL.map(|wanted| {
                cases
                    .iter()
                    .filter(|(_, split)| *split == wanted)
                    .map(|(case, _)| case.clone())
                    .collect()
            })
        };
        Ok(Self {
            root: root.to_path_buf(),
            kind: options.kind,
            class_names: found.class_names,
            ignore: options.ignore,
            splits,
            values,
            mask_values,
            homogenise: options.homogenise,
            volume_normalise: options.volume_normalise,
            grades: found.grades,
            notes,
            guesses: found.guesses,
            is_one_split: options.overfit > 0,
        })
    }
}
