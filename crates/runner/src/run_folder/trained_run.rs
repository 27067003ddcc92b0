//! A run's network, as it was trained.

use std::path::Path;

use burn::tensor::Device;
use models::Network;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::folder::RunFolder;
use crate::run_folder::{checkpoint, environment};

/// The network of a run's checkpoint in evaluation form, its recipe and the names of its classes.
///
/// # Errors
///
/// No run, or no such checkpoint of it.
pub(crate) fn of_run(
    run: &Path,
    checkpoint: &str,
    device: &Device,
) -> Result<(Network, Recipe, Vec<String>), RunnerError> {
    let folder = RunFolder::open(run)?;
    let recipe = Recipe::of_run(run)?;
    let names = environment::class_names(&folder)?;
    let network = Network::new(&recipe.model, names.len(), recipe.train.seed, device)?;
    let network = checkpoint::load_network(&folder, checkpoint, network)?;
    Ok((network, recipe, names))
}
