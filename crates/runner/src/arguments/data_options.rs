//! What `--set data.…` says of a folder's labels.

use data::{DataOptions, Kind};

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// The `[data]` section of the recipe that has the kind's name, as `--set data.…` changes it.
pub(crate) fn data_options(kind: Kind, overrides: &[String]) -> Result<DataOptions, RunnerError> {
    Ok(Recipe::load(kind.as_str(), overrides)?.data.options)
}
