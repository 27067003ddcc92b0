//! Refuses data that lack what a row needs, before anything runs.

use std::collections::BTreeMap;
use std::path::Path;

use data::{DataOptions, Dataset, Split};
use loss::Loss;

use crate::dataset::label_check;
use crate::error::RunnerError;
use crate::experiment::expansion::Resolved;
use crate::recipe::Recipe;
use crate::run_folder::cases::Truth;
use crate::terminal::progress::Progress;

/// Numbers of images of a data set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    /// Training images; slices, if they are volumes.
    pub(crate) train: usize,
    /// Validation images.
    pub(crate) validation: usize,
    /// Test images.
    pub(crate) test: usize,
}

/// Images of the data set of a recipe in `root`.
///
/// # Errors
///
/// The set cannot be opened.
pub(crate) fn counts(recipe: &Recipe, root: &Path) -> Result<Counts, RunnerError> {
    count(&Dataset::open(root, &recipe.data.options)?)
}

fn count(dataset: &Dataset) -> Result<Counts, RunnerError> {
    Ok(Counts {
        train: dataset.image_count(Split::Train)?,
        validation: dataset.image_count(Split::Validation)?,
        test: dataset.image_count(Split::Test)?,
    })
}

/// Checks every row against the data in `root`: readable images and labels, classes, class weights, batches, sizes, and clean labels if
/// `truth` asks for them. Trainings do not decode again what was found sound here.
///
/// # Errors
///
/// The first row that cannot be trained, by name.
pub(crate) fn check(
    resolved: &[Resolved<'_>],
    root: &Path,
    truth: Option<Truth>,
) -> Result<(), RunnerError> {
    let mut opened: BTreeMap<String, Dataset> = BTreeMap::new();
    for Resolved {
        network,
        row,
        recipe,
        ..
    } in resolved
    {
        let of = format!("{} {}", network.name, row.name);
        let options = &recipe.data.options;
        let key = toml::to_string(options).map_err(RunnerError::bug)?;
        if !opened.contains_key(&key) {
            let dataset = open(root, options).map_err(|error| error.at(&of))?;
            opened.insert(key.clone(), dataset);
        }
        let dataset = &opened[&key];
        check_row(recipe, dataset).map_err(|error| error.at(&of))?;
        if truth == Some(Truth::Clean) && !dataset.has_clean_labels() {
            return Err(RunnerError::fixable(
                format!(
                    "{of}: expected clean labels, against which this experiment scores, found none in {}",
                    root.display()
                ),
                "use a synthetic set, or a grid without truth = \"clean\"",
            ));
        }
    }
    Ok(())
}

fn open(root: &Path, options: &DataOptions) -> Result<Dataset, RunnerError> {
    let dataset = Dataset::open(root, options)?;
    tracing::info!("checking the images and labels of {}", root.display());
    label_check::check(&dataset, options, &Split::ALL, Progress::new(true))?;
    Ok(dataset)
}

fn check_row(recipe: &Recipe, dataset: &Dataset) -> Result<(), RunnerError> {
    let classes = dataset.class_names.len();
    let model = &recipe.model;
    for [height, width] in [recipe.data.size, recipe.whole_size()] {
        model.check_size(height, width)?;
    }
    model.validate(classes)?;
    let images = dataset.image_count(Split::Train)?;
    model.check_batches(recipe.train.batch_size, Some(images))?;
    Loss::new(recipe.loss.clone(), classes)?;
    Ok(())
}
