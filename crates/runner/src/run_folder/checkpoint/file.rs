//! The files of a checkpoint.

use std::path::Path;

use crate::error::RunnerError;
use crate::files::disk;

pub(super) const MODEL: &str = "model.bpk";

pub(super) const OPTIMIZER: &str = "optimizer.bpk";

pub(super) const STATE: &str = "state.toml";

/// Records of the training images; checkpoints of earlier versions have none.
pub(super) const IMAGES: &str = "images.f32";

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    disk::write_file(path, bytes).map_err(|error| RunnerError::unwritable(path, error))
}
