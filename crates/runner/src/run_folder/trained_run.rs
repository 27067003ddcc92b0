//! A trained run: its folder, its recipe and its classes.

use std::path::Path;

use burn::tensor::Device;
use models::Network;

use crate::error::RunnerError;
use crate::recipe::Recipe;
use crate::run_folder::folder::RunFolder;
use crate::run_folder::{checkpoint, environment};

/// A run that has saved a checkpoint.
pub(crate) struct TrainedRun {
    pub(crate) folder: RunFolder,
    /// As resolved when the run began.
    pub(crate) recipe: Recipe,
    /// Names of its classes, background first.
    pub(crate) classes: Vec<String>,
}

impl TrainedRun {
    /// Opens the folder of a run.
    ///
    /// # Errors
    ///
    /// It is no run folder, has no checkpoint, or its recipe or its environment file cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, RunnerError> {
        let folder = RunFolder::open(path)?;
        Ok(Self {
            recipe: Recipe::of_run(path)?,
            classes: environment::class_names(&folder)?,
            folder,
        })
    }

    /// The network of the checkpoint `name` (`best` or `last`), in evaluation form.
    ///
    /// # Errors
    ///
    /// There is no such checkpoint, or it is damaged.
    pub(crate) fn network(&self, name: &str, device: &Device) -> Result<Network, RunnerError> {
        let Recipe { model, train, .. } = &self.recipe;
        let network = Network::new(model, self.classes.len(), train.seed, device)?;
        checkpoint::load_network(&self.folder, name, network)
    }
}
