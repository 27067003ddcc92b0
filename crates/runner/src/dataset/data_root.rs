//! The folder of a training's data; a synthetic set is written on its first use.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use data::LayoutName;
use data::synth::{SynthOptions, synthetic_set};

use crate::error::RunnerError;
use crate::files::lock::{Lock, Refused};
use crate::recipe::Recipe;
use crate::recipe::sections::SyntheticConfig;
use crate::terminal::progress::Progress;

/// The given folder, or that of the recipe's synthetic set, which is written first if it does not exist.
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
        return Err(RunnerError::mismatch(
            "a data folder",
            "none",
            "give it with `--data DIR`; docs/data.md describes its layout, and `selvedge synth` writes examples",
        )
        .at(format!("recipe '{}'", recipe.name)));
    };
    let SyntheticConfig {
        images,
        size,
        seed,
        noise,
        gross,
    } = synthetic;
    let kind = recipe.data.options.kind;
    // A set without gross errors has the name that it always had.
    let spoilt = if gross > 0.0 {
        format!("-gross{gross}")
    } else {
        String::new()
    };
    let root = PathBuf::from(format!(
        "data/synthetic-{kind}-{images}x{size}px-noise{noise}{spoilt}-seed{seed}"
    ));
    if !root.exists() {
        let _lock = only_writer(&root)?;
        // Another training may have written it while this one waited.
        if !root.exists() {
            tracing::info!("writing a synthetic data set to {}", root.display());
            draw(&root, kind, synthetic, progress)?;
        }
    }
    Ok(root)
}

/// Waits until no other process writes a set to `root`, and locks it against others.
fn only_writer(root: &Path) -> Result<Lock, RunnerError> {
    const PAUSE: Duration = Duration::from_millis(100);
    let mut path = root.as_os_str().to_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    if let Some(around) = root.parent() {
        fs::create_dir_all(around).map_err(|error| RunnerError::unwritable(around, error))?;
    }
    let mut announced = false;
    loop {
        match Lock::take(&path) {
            Err(Refused::Running(_)) => {
                if !announced {
                    tracing::info!("waiting for another process that writes {}", root.display());
                    announced = true;
                }
                sleep(PAUSE);
            }
            taken => return taken.map_err(|refused| refused.error(root, &path)),
        }
    }
}

/// Writes a synthetic set in the layout of `kind`, with a progress bar, and returns a summary of it.
///
/// # Errors
///
/// The layout has no synthetic sets, or the set cannot be written.
pub(crate) fn write_synthetic(
    root: &Path,
    kind: LayoutName,
    config: SyntheticConfig,
    progress: Progress,
) -> Result<String, RunnerError> {
    let _lock = only_writer(root)?;
    draw(root, kind, config, progress)
}

fn draw(
    root: &Path,
    kind: LayoutName,
    config: SyntheticConfig,
    progress: Progress,
) -> Result<String, RunnerError> {
    let Some(set) = synthetic_set(kind) else {
        let drawn = LayoutName::ALL
            .into_iter()
            .filter(|layout| synthetic_set(*layout).is_some())
            .map(LayoutName::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        return Err(RunnerError::mismatch(
            format!("data.kind to be one of {drawn}"),
            kind.to_string(),
            "change data.kind, or leave data.synthetic out of the recipe and give a folder with `--data DIR`",
        )
        .at("data.synthetic"));
    };
    let SyntheticConfig {
        images,
        size,
        seed,
        noise,
        gross,
    } = config;
    let options = SynthOptions {
        images,
        size,
        seed,
        noise,
        gross,
    };
    let bar = progress.counting("drawing", images);
    let summary = (set.draw)(root, &options, &|done| bar.set_position(done as u64))?;
    bar.finish_and_clear();
    Ok(summary)
}
