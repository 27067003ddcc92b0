//! Options of a training.

use std::path::PathBuf;

use crate::device::request::DeviceRequest;
use crate::recipe::Recipe;
use crate::training::resume::Resume;

/// Options of a training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// The resolved recipe.
    pub recipe: Recipe,
    /// The data set's folder; none for a recipe that writes its own.
    pub data: Option<PathBuf>,
    /// Where the run folder goes; none for `runs/<recipe>-<time>`.
    pub out: Option<PathBuf>,
    /// The device.
    pub device: DeviceRequest,
    /// A run to resume.
    pub resume: Option<Resume>,
    /// Also writes event files for TensorBoard; a resumed run that has some continues them in any case.
    pub tensorboard: bool,
    /// No progress bar.
    pub quiet: bool,
}
