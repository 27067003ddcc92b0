//! Where a training's data lies; a synthetic set is written on its first use.

use std::path::{Path, PathBuf};

use data::synth::bamsi::{self, BamsiOptions};

use crate::error::RunnerError;
use crate::progress::Progress;
use crate::recipe::{Recipe, SyntheticConfig};

/// The folder that was given, or that of the recipe's synthetic set, which is written first if it is not there.
///
/// # Errors
///
/// The recipe needs a folder and none was given; or the synthetic set cannot be written.
pub(crate) fn data_root(
    recipe: &Recipe,
    given: Option<&Path>,
    progress: Progress,
) -> Result<PathBuf, RunnerError> {
    if let Some(root) = given {
        return Ok(root.to_path_buf());
    }
    let Some(synthetic) = recipe.data.synthetic else {
        return Err(RunnerError::mend(
            format!(
                "recipe '{}': expected a data folder, found none",
                recipe.name
            ),
            "give it with `--data DIR`; the README says how to lay it out, and `selvedge synth bamsi` writes an example",
        ));
    };
    let SyntheticConfig {
        images,
        size,
        seed,
        noise,
    } = synthetic;
    let root = PathBuf::from(format!(
        "data/synthetic-bamsi-{images}x{size}px-noise{noise}-seed{seed}"
    ));
    if !root.exists() {
        tracing::info!(
            "writing {images} synthetic photographs to {}",
            root.display()
        );
        write_synthetic(&root, synthetic, progress)?;
    }
    Ok(root)
}

/// Writes a synthetic set with a progress bar.
///
/// # Errors
///
/// Those of [`bamsi::write_bamsi`].
pub(crate) fn write_synthetic(
    root: &Path,
    config: SyntheticConfig,
    progress: Progress,
) -> Result<bamsi::Summary, RunnerError> {
    let options = BamsiOptions {
        images: config.images,
        size: config.size,
        seed: config.seed,
        noise: config.noise,
    };
    let bar = progress.counting("drawing", config.images);
    let summary = bamsi::write_bamsi(root, &options, &|done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    Ok(summary)
}
