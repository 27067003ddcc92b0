//! `--set data.…`, for commands without a recipe.

use data::{DataOptions, LayoutName};

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// The `[data]` section of the recipe with the layout's name, with the overrides of `--set data.…`.
pub(crate) fn data_options(
    kind: LayoutName,
    overrides: &[String],
) -> Result<DataOptions, RunnerError> {
    Ok(Recipe::load(kind.as_str(), overrides)?.data.options)
}
