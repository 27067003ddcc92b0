//! Weights of other programs in, and a run's weights out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use data::counted;
use models::weights::{LoadReport, WeightsFile, load, to_safetensors};
use models::{ModelConfig, Network, NetworkName};
use serde::Serialize;

use crate::build::BUILD;
use crate::checkpoint;
use crate::environment;
use crate::error::RunnerError;
use crate::output::{OutputFolder, refuse_taken, write_new};
use crate::recipe::Recipe;
use crate::run_folder::RunFolder;

/// The network with the weights that its recipe names, the recipe with that file's checksum, and what came of the file; both as
/// they were where it names none, or where the run goes on: it has its weights in its checkpoint then, and needs the file no
/// more.
///
/// # Errors
///
/// The file is missing, is another than the recipe's checksum says, or does not fit.
pub(crate) fn pretrain(
    network: Network,
    recipe: &Recipe,
    goes_on: bool,
) -> Result<(Network, Recipe, Option<LoadReport>), RunnerError> {
    let mut recipe = recipe.clone();
    let config = &mut recipe.model;
    if goes_on || config.pretrained.is_empty() {
        if !goes_on && config.name == NetworkName::MeritGcascade {
            tracing::warn!(
                "meritgcascade without model.pretrained: its layer scales begin at 1e-6, with its attentions nearly off, and it \
                 learns slowly"
            );
        }
        return Ok((network, recipe, None));
    }
    let file = WeightsFile::open(Path::new(&config.pretrained))?;
    let expected = config.pretrained_sha256.trim();
    if !expected.is_empty() && !expected.eq_ignore_ascii_case(file.sha256()?) {
        return Err(RunnerError::mend(
            format!(
                "{}: expected the SHA-256 {expected} of model.pretrained_sha256, found {}",
                file.path().display(),
                file.sha256()?
            ),
            "give the file that the recipe means, or take the key out of the recipe",
        ));
    }
    let (network, report) = load(network, &file, config.pretrained_strict)?;
    tracing::info!("{}", summary(&report));
    if !report.is_complete() {
        tracing::warn!("not taken from the file: {}", report.differences());
    }
    // The run's own recipe must hold wherever it is started from.
    if let Ok(path) = std::path::absolute(file.path()) {
        config.pretrained = path.display().to_string();
    }
    config.pretrained_sha256.clone_from(&report.sha256);
    Ok((network, recipe, Some(report)))
}

/// One line of a report.
pub(crate) fn summary(report: &LoadReport) -> String {
    let mut text = format!(
        "{}: {} taken ({})",
        report.file.display(),
        counted(report.loaded, "tensor"),
        report.names
    );
    if !report.prefix.is_empty() {
        text += &format!("; '{}' before their names taken off", report.prefix);
    }
    if report.outside > 0 {
        text += &format!(
            "; {} outside the encoder keep their initial weights",
            report.outside
        );
    }
    if report.grey_stem {
        text += "; the first convolution, for grey images, spread over three colours";
    }
    text
}

/// What came of the files of an import.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Each of them, in their order.
    pub files: Vec<LoadReport>,
}

/// Checks files against a network and writes their weights together under the network's own names: one whole, or an encoder
/// each. What they leave open is drawn from seed 1, as training with `train.seed = 1` would; where two have the same tensor,
/// the later one's is taken.
///
/// # Errors
///
/// A setting out of range; a file that cannot be read or does not fit; the disk.
pub fn import(
    files: &[PathBuf],
    config: &ModelConfig,
    classes: usize,
    strict: bool,
    out: &Path,
) -> Result<Imported, RunnerError> {
    refuse_taken(out)?;
    let mut network = Network::new(config, classes, 1, &Device::flex())?;
    let mut reports = Vec::with_capacity(files.len());
    for file in files {
        let file = WeightsFile::open(file)?;
        let (loaded, report) = load(network, &file, strict)?;
        network = loaded;
        reports.push(report);
    }
    let mut metadata = described(config, classes)?;
    let sources: Vec<&str> = reports
        .iter()
        .map(|report| report.sha256.as_str())
        .collect();
    metadata.insert("source_sha256".to_string(), sources.join(" "));
    write_new(out, &to_safetensors(&network, &metadata))?;
    Ok(Imported { files: reports })
}

/// Writes a run's weights under the names of PyTorch's network, and gives the file's place.
///
/// # Errors
///
/// The run has no such checkpoint; the place is taken; the disk.
pub fn export(run: &Path, checkpoint: &str, out: Option<&Path>) -> Result<PathBuf, RunnerError> {
    // In the run's folder an earlier export of the same checkpoint may be written anew.
    let name = format!("{checkpoint}.safetensors");
    let place = out.map_or_else(|| run.join(&name), Path::to_path_buf);
    let own = if let Some(out) = out {
        refuse_taken(out)?;
        None
    } else {
        let run = RunFolder::open(run)?;
        Some(OutputFolder::of(
            "export",
            run.path(),
            std::slice::from_ref(&name),
        )?)
    };
    let (network, recipe, names) = of_run(run, checkpoint, &Device::flex())?;
    let mut metadata = described(&recipe.model, names.len())?;
    metadata.insert("recipe".to_string(), recipe.name.clone());
    metadata.insert("checkpoint".to_string(), checkpoint.to_string());
    let names = serde_json::to_string(&names).map_err(|error| fault(&error))?;
    metadata.insert("class_names".to_string(), names);
    let bytes = to_safetensors(&network, &metadata);
    match own {
        Some(folder) => folder.write_bytes(&name, &bytes)?,
        None => write_new(&place, &bytes)?,
    }
    Ok(place)
}

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

/// What a file says of itself; texts, since safetensors keeps no others.
fn described(
    config: &ModelConfig,
    classes: usize,
) -> Result<BTreeMap<String, String>, RunnerError> {
    // Where a network's first weights came from is no part of what it is.
    let config = ModelConfig {
        pretrained: String::new(),
        pretrained_sha256: String::new(),
        pretrained_strict: true,
        ..config.clone()
    };
    let model = serde_json::to_string(&config).map_err(|error| fault(&error))?;
    Ok(BTreeMap::from(
        [
            ("format", "pt".to_string()),
            ("selvedge", BUILD.version.to_string()),
            ("network", config.name.as_str().to_string()),
            ("classes", classes.to_string()),
            ("model", model),
        ]
        .map(|(key, value)| (key.to_string(), value)),
    ))
}

fn fault(error: &dyn std::fmt::Display) -> RunnerError {
    RunnerError::failed(
        error.to_string(),
        "this is a fault of the program: please report it",
    )
}
