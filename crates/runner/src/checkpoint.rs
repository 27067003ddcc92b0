//! What a checkpoint holds, and how it is written and read.
//!
//! `model.bpk` and `optimizer.bpk` are burn's own format; `state.toml` is the rest, in text whose numbers come back exactly.

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use models::Network;
use serde::{Deserialize, Serialize};

use crate::epoch_sums::EpochSums;
use crate::error::RunnerError;
use crate::input::{NOTES, read_text};

const MODEL: &str = "model.bpk";
const OPTIMIZER: &str = "optimizer.bpk";
const STATE: &str = "state.toml";

/// Where training stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainingState {
    /// The epoch under way, from 1.
    pub(crate) epoch: usize,
    /// Steps of this epoch already taken; with the recipe's seed they give the data order that is left.
    pub(crate) step: usize,
    /// Best mean foreground Dice on the validation images so far, and its epoch.
    pub(crate) best: Option<Best>,
    /// Sums over the steps of this epoch.
    pub(crate) sums: EpochSums,
    /// The loss store: the last known loss of every training image, NaN where there is none yet.
    pub(crate) store: Vec<f32>,
}

/// The best epoch so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub(crate) epoch: usize,
    pub(crate) dice: f64,
}

/// Writes a checkpoint into an empty folder.
///
/// # Errors
///
/// The file that could not be written, and why.
pub(crate) fn save(
    folder: &Path,
    network: &Network,
    optimizer: &ModuleOptimizer,
    state: &TrainingState,
) -> Result<(), RunnerError> {
    save_network(&folder.join(MODEL), network)?;
    let path = folder.join(OPTIMIZER);
    optimizer
        .save(&path)
        .map_err(|error| unwritten(&path, &error))?;
    let path = folder.join(STATE);
    let text = toml::to_string(state).map_err(|error| unwritten(&path, &error))?;
    fs::write(&path, text).map_err(|error| unwritten(&path, &error))
}

fn save_network(path: &Path, network: &Network) -> Result<(), RunnerError> {
    // Running statistics join the network only when it is asked for its evaluation form; a record alone would lack the
    // last step's.
    let record = network.valid().into_record();
    record.save(path).map_err(|error| unwritten(path, &error))
}

/// The network of a checkpoint, into one of the same shape.
///
/// # Errors
///
/// The file is missing or damaged, or of another network.
pub(crate) fn load_network(folder: &Path, network: Network) -> Result<Network, RunnerError> {
    let path = folder.join(MODEL);
    data::open_file(&path).map_err(|error| unread(&path, &error))?;
    let record = ModuleRecord::load(&path).map_err(|error| unread(&path, &error))?;
    network
        .try_load_record(record)
        .map_err(|error| unread(&path, &error))
}

/// The whole checkpoint, into a network and an optimizer of the same shape.
///
/// # Errors
///
/// A file is missing or damaged, or of another network.
pub(crate) fn load(
    folder: &Path,
    network: Network,
    optimizer: ModuleOptimizer,
) -> Result<(Network, ModuleOptimizer, TrainingState), RunnerError> {
    let network = load_network(folder, network)?;
    let path = folder.join(OPTIMIZER);
    data::open_file(&path).map_err(|error| unread(&path, &error))?;
    let optimizer = optimizer
        .load(&path)
        .map_err(|error| unread(&path, &error))?;
    let path = folder.join(STATE);
    let text = read_text(&path, NOTES)?;
    let state = toml::from_str(&text).map_err(|error| unread(&path, &error))?;
    Ok((network, optimizer, state))
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> RunnerError {
    RunnerError::mend(
        format!("{}: could not be written: {error}", path.display()),
        "check the free space and the rights of that folder; what was saved before is whole, and `--resume` goes on from it",
    )
}

fn unread(path: &Path, error: &dyn std::fmt::Display) -> RunnerError {
    RunnerError::mend(
        format!(
            "{}: expected a checkpoint of this run, found: {error}",
            path.display()
        ),
        "resume from the run's other checkpoint (`best` or `last`), or train anew",
    )
}
