//! `--epochs` and `--set`.

use clap::Args;

/// What a command changes in a recipe.
#[derive(Debug, Args)]
pub struct RecipeChanges {
    /// Short for --set train.epochs=N.
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Sets a key of the recipe; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
}

impl RecipeChanges {
    /// All changes, as `KEY=VALUE`.
    pub(crate) fn all(&self) -> Vec<String> {
        let epochs = self.epochs.map(|epochs| format!("train.epochs={epochs}"));
        self.overrides.iter().cloned().chain(epochs).collect()
    }
}
