//! `selvedge weights …`: imports weights of other programs, and exports those of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use clap::Subcommand;
use models::weights::{LoadReport, WeightsFile, load, to_safetensors};
use models::{ModelConfig, Network};
use serde::Serialize;

use data::counted;

use crate::arguments::checkpoint::CheckpointName;
use crate::arguments::network::{NetworkArguments, config_of};
use crate::build::BUILD;
use crate::error::RunnerError;
use crate::files::output::{OutputFolder, refuse_taken, write_new};
use crate::run_folder::trained_run::TrainedRun;
use crate::terminal::printing::{print_result, print_text};
use crate::training::pretrain::summary;

/// `selvedge weights …`.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// Checks files of weights against a network, and writes them as one safetensors file with the network's own names.
    #[command(
        after_help = "Example: selvedge weights import resnet50.pth --model deeplabv3 --classes 5 --out start.safetensors"
    )]
    Import {
        /// .safetensors, .pth or .pt: one file of the whole network, or one file for each of its encoders.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The network (`selvedge model list`).
        #[arg(long, value_name = "NAME")]
        model: String,
        #[command(flatten)]
        #[allow(missing_docs, reason = "flattened")]
        network: NetworkArguments,
        /// The new file; it must not exist yet.
        #[arg(long, value_name = "FILE.safetensors")]
        out: PathBuf,
        /// Loads what fits, and leaves the rest at its initial weights.
        #[arg(long)]
        lenient: bool,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Writes a run's weights as safetensors, with the names of the PyTorch network.
    #[command(
        after_help = "Example: selvedge weights export runs/bamsi-20260131-120000 --out bamsi.safetensors"
    )]
    Export {
        /// The run's folder.
        run: PathBuf,
        /// The new file; it must not exist yet. Default: RUN/CHECKPOINT.safetensors, which replaces an earlier export.
        #[arg(long, value_name = "FILE.safetensors")]
        out: Option<PathBuf>,
        /// The checkpoint.
        #[arg(long, value_enum, default_value_t)]
        checkpoint: CheckpointName,
    },
}

pub(crate) fn run(command: WeightsCommand) -> Result<(), RunnerError> {
    match command {
        WeightsCommand::Import {
            files,
            model,
            network,
            out,
            lenient,
            json,
        } => {
            let config = config_of(&model, &network)?;
            let imported = import(&files, &config, network.classes, !lenient, &out)?;
            print_result(json, &imported, || {
                imported.files.iter().map(load_report_text).collect()
            })
        }
        WeightsCommand::Export {
            run,
            out,
            checkpoint,
        } => {
            let written = export(&run, checkpoint.folder(), out.as_deref())?;
            print_text(&format!("{}\n", written.display()))
        }
    }
}

/// The reports on the files of an import.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    /// One report for each file, in order.
    pub(crate) files: Vec<LoadReport>,
}

/// Checks files against a network, and writes their weights into one file with the network's own names: one file of the whole
/// network, or one for each encoder. Weights that no file has are drawn with seed 1, as a training with `train.seed = 1` would;
/// if two files have the same tensor, the later one counts.
///
/// # Errors
///
/// A setting out of range; a file that cannot be read or does not fit; the disk's error.
pub(crate) fn import(
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

/// Writes a run's weights with the names of the PyTorch network, and returns the file's path.
///
/// # Errors
///
/// The run has no such checkpoint; the path exists; the disk's error.
pub(crate) fn export(
    run: &Path,
    checkpoint: &str,
    out: Option<&Path>,
) -> Result<PathBuf, RunnerError> {
    let run = TrainedRun::open(run)?;
    // In the run's folder, an earlier export of the same checkpoint may be replaced.
    let name = format!("{checkpoint}.safetensors");
    let place = out.map_or_else(|| run.folder.path().join(&name), Path::to_path_buf);
    let own = if let Some(out) = out {
        refuse_taken(out)?;
        None
    } else {
        Some(OutputFolder::prepare(
            "export",
            run.folder.path(),
            std::slice::from_ref(&name),
        )?)
    };
    let network = run.network(checkpoint, &Device::flex())?;
    let mut metadata = described(&run.recipe.model, run.classes.len())?;
    metadata.insert("recipe".to_string(), run.recipe.name.clone());
    metadata.insert("checkpoint".to_string(), checkpoint.to_string());
    let names = serde_json::to_string(&run.classes).map_err(RunnerError::bug)?;
    metadata.insert("class_names".to_string(), names);
    let bytes = to_safetensors(&network, &metadata);
    match own {
        Some(folder) => folder.write_bytes(&name, &bytes)?,
        None => write_new(&place, &bytes)?,
    }
    Ok(place)
}

/// The metadata of a file, as strings: safetensors has no other type.
fn described(
    config: &ModelConfig,
    classes: usize,
) -> Result<BTreeMap<String, String>, RunnerError> {
    // The source of a network's first weights does not describe the network.
    let config = ModelConfig {
        pretrained: String::new(),
        pretrained_sha256: String::new(),
        pretrained_strict: true,
        ..config.clone()
    };
    let model = serde_json::to_string(&config).map_err(RunnerError::bug)?;
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

fn load_report_text(report: &LoadReport) -> String {
    let mut text = format!("{}\nsha256 {}\n", summary(report), report.sha256);
    if report.ignored > 0 {
        text += &format!(
            "ignored: {} that no network needs\n",
            counted(report.ignored, "tensor")
        );
    }
    if !report.is_complete() {
        text += &format!("did not fit: {}\n", report.differences());
    }
    text
}
