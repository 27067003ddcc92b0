//! The files of a checkpoint, written and read.
//!
//! `model.bpk` and `optimizer.bpk` have Burn's own format. `state.toml` is the rest, as text from which numbers are read back
//! exactly. `checkpoint.toml` names the run that they belong to, and contains their checksums.

mod file;
mod manifest;
mod pack;
pub(crate) mod state;

use crate::run_folder::checkpoint::state::{Extent, TrainingState};
use std::path::Path;

use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Bytes;
use models::Network;

use crate::error::RunnerError;
use crate::run_folder::checkpoint::file::{IMAGES, MODEL, OPTIMIZER, STATE, write};
use crate::run_folder::checkpoint::manifest::{Contents, Manifest};
use crate::run_folder::folder::RunFolder;
use crate::run_folder::image_records::{ImageRecords, MOST_BYTES};

/// Writes a checkpoint of the run `run` into an empty folder.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn save(
    folder: &Path,
    run: Option<&str>,
    network: &Network,
    optimizer: &ModuleOptimizer,
    state: &TrainingState,
    images: &ImageRecords,
) -> Result<(), RunnerError> {
    let mut manifest = Manifest::new(run);
    let mut write_one = |name: &str, bytes: &[u8]| {
        manifest.add(name, bytes);
        write(&folder.join(name), bytes)
    };
    let unwritten = |name| move |error| RunnerError::unwritable(&folder.join(name), error);
    // Running statistics enter the network only in its evaluation form: a record of the training form would lack those of the
    // last step.
    let record = network.valid().into_record();
    write_one(MODEL, &record.into_bytes().map_err(unwritten(MODEL))?)?;
    write_one(
        OPTIMIZER,
        &optimizer.into_bytes().map_err(unwritten(OPTIMIZER))?,
    )?;
    let text = toml::to_string(state)
        .map_err(|error| RunnerError::unwritable(&folder.join(STATE), error))?;
    write_one(STATE, text.as_bytes())?;
    if let Some(bytes) = images.to_bytes(state.epochs_begun()) {
        write_one(IMAGES, &bytes)?;
    }
    manifest.write(folder)
}

/// Loads the network of the checkpoint `name` into one of the same shape.
///
/// # Errors
///
/// A file is missing or damaged, or belongs to another network or run.
pub(crate) fn load_network(
    run: &RunFolder,
    name: &str,
    network: Network,
) -> Result<Network, RunnerError> {
    let mut contents = Contents::read(run, name, &[(MODEL, most_bytes(&network))])?;
    network_of(&mut contents, network)
}

/// Checks that the checkpoint `name` contains a network of this shape.
///
/// # Errors
///
/// Those of [`load_network`].
pub(crate) fn check_network(
    run: &RunFolder,
    name: &str,
    network: &Network,
) -> Result<(), RunnerError> {
    let mut contents = Contents::read(run, name, &[(MODEL, most_bytes(network))])?;
    pack::check_network(contents.take(MODEL), network)
        .map_err(|found| contents.refused(MODEL, &found))
}

/// Loads the whole checkpoint `name` into a network and an optimizer of the same shape, and its records of images into `images`.
///
/// # Errors
///
/// A file is missing or damaged, or belongs to another network or run; or its state is impossible for this training.
pub(crate) fn load(
    run: &RunFolder,
    name: &str,
    network: Network,
    optimizer: ModuleOptimizer,
    extent: Extent,
    images: &mut ImageRecords,
) -> Result<(Network, ModuleOptimizer, TrainingState), RunnerError> {
    let most = most_bytes(&network);
    let wanted = [
        (MODEL, most),
        (OPTIMIZER, most),
        (STATE, most_bytes_of_state(extent)),
        (IMAGES, MOST_BYTES),
    ];
    let mut contents = Contents::read(run, name, &wanted)?;
    let state = state_of(&mut contents, extent)?;
    images
        .restore(
            contents.take_if_any(IMAGES).as_deref(),
            state.epochs_begun(),
        )
        .map_err(|found| contents.refused(IMAGES, &found))?;
    let network = network_of(&mut contents, network)?;
    let bytes = contents.take(OPTIMIZER);
    pack::check_optimizer(bytes.clone(), &network, state.is_under_way())
        .map_err(|found| contents.refused(OPTIMIZER, &found))?;
    let optimizer = optimizer
        .from_bytes(bytes)
        .map_err(|error| contents.refused(OPTIMIZER, &error).caused_by(error))?;
    Ok((network, optimizer, state))
}

/// Loads the training state of the checkpoint `name`.
///
/// # Errors
///
/// The file is missing or damaged, or belongs to another run; or the state is impossible for this training.
pub(crate) fn load_state(
    run: &RunFolder,
    name: &str,
    extent: Extent,
) -> Result<TrainingState, RunnerError> {
    let wanted = [(STATE, most_bytes_of_state(extent))];
    state_of(&mut Contents::read(run, name, &wanted)?, extent)
}

fn network_of(contents: &mut Contents<'_>, network: Network) -> Result<Network, RunnerError> {
    let bytes = contents.take(MODEL);
    pack::check_network(bytes.clone(), &network)
        .map_err(|found| contents.refused(MODEL, &found))?;
    ModuleRecord::from_bytes(bytes)
        .and_then(|record| network.try_load_record(record))
        .map_err(|error| contents.refused(MODEL, &error).caused_by(error))
}

fn state_of(contents: &mut Contents<'_>, extent: Extent) -> Result<TrainingState, RunnerError> {
    let bytes: Bytes = contents.take(STATE);
    let text = String::from_utf8_lossy(&bytes);
    let state: TrainingState =
        toml::from_str(&text).map_err(|error| contents.refused(STATE, &error).caused_by(error))?;
    state.check(extent).map_err(|impossible| {
        let error = contents.refused(STATE, &impossible.message);
        match impossible.help {
            Some(help) => error.with_advice(help),
            None => error,
        }
    })?;
    Ok(state)
}

/// Largest size of a state in bytes: a number of the loss store takes about twenty characters.
fn most_bytes_of_state(extent: Extent) -> u64 {
    (1 << 20) + 32 * extent.images as u64
}

/// Largest size in bytes of a file of this network's tensors: four bytes per number, two numbers in the optimizer for each of the
/// network, as much again for what is not a parameter, and names.
fn most_bytes(network: &Network) -> u64 {
    16 * network.parameters() as u64 + (16 << 20)
}

#[cfg(test)]
mod tests;
