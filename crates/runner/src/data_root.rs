//! Where a training's data lies; a synthetic set is written on its first use.

use std::path::{Path, PathBuf};

use data::Kind;
use data::synth::bamsi::{BamsiOptions, write_bamsi};
use data::synth::fasu::{FasuOptions, write_fasu};

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
            "give it with `--data DIR`; the README says how to lay it out, and `selvedge synth` writes examples",
        ));
    };
    let SyntheticConfig {
        images,
        size,
        seed,
        noise,
    } = synthetic;
    let root = PathBuf::from(format!(
        "data/synthetic-{}-{images}x{size}px-noise{noise}-seed{seed}",
        recipe.data.options.kind
    ));
    if !root.exists() {
        tracing::info!(
            "writing {images} synthetic images to {}",
            root.display()
        );
        write_synthetic(recipe.data.options.kind, &root, synthetic, progress)?;
    }
    Ok(root)
}

/// Writes a synthetic set with a progress bar, and says what is in it.
///
/// # Errors
///
/// There is no synthetic set in this layout; otherwise those of the set's writer.
pub(crate) fn write_synthetic(
    kind: Kind,
    root: &Path,
    config: SyntheticConfig,
    progress: Progress,
) -> Result<String, RunnerError> {
    let SyntheticConfig {
        images,
        size,
        seed,
        noise,
    } = config;
    let bar = progress.counting("drawing", images);
    let advance = |done: usize| bar.set_position(done as u64);
    let summary = match kind {
        Kind::Bamsi => {
            let options = BamsiOptions {
                images,
                size,
                seed,
                noise,
            };
            write_bamsi(root, &options, &advance)?.to_string()
        }
        Kind::Fasu => {
            let options = FasuOptions {
                images,
                size,
                seed,
                noise,
            };
            write_fasu(root, &options, &advance)?.to_string()
        }
        Kind::Folder => {
            return Err(RunnerError::mend(
                "data.synthetic: expected data.kind bamsi or fasu, found folder",
                "change data.kind, or leave data.synthetic out of the recipe and give a folder with --data",
            ));
        }
    };
    bar.finish_and_clear();
    Ok(summary)
}
