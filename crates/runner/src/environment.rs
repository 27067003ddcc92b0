//! What a run notes of the machine and the data it ran on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use data::{Dataset, Split};
use models::weights::LoadReport;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::build::{BUILD, Build};
use crate::device::DeviceDescription;
use crate::error::RunnerError;
use crate::run_folder::RunFolder;

const FILE: &str = "environment.json";
const SPLIT: &str = "split.json";

/// `environment.json`.
#[derive(Serialize)]
struct Environment<'a> {
    /// This program.
    selvedge: Build,
    /// Operating system and processor family.
    system: String,
    /// Threads that run at once.
    threads: usize,
    /// The device.
    device: &'a DeviceDescription,
    /// The data set's folder.
    data: PathBuf,
    /// Its classes.
    classes: &'a [String],
    /// Numbers of the classes that no training image holds.
    untaught: &'a [usize],
    /// Its images for training, validation and test.
    images: [usize; 3],
    /// Towards what the axes of its training volumes count, such as `LPS`; of photographs nothing.
    orientations: BTreeSet<String>,
    /// The file that the network's first weights came from, with its checksum, and what was taken from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pretrained: Option<&'a LoadReport>,
}

/// Writes `environment.json`, and the split as `split.json`.
///
/// # Errors
///
/// The disk's, and those of volumes' headers.
pub(crate) fn write(
    folder: &RunFolder,
    device: &DeviceDescription,
    dataset: &Dataset,
    untaught: &[usize],
    pretrained: Option<&LoadReport>,
) -> Result<(), RunnerError> {
    let environment = Environment {
        selvedge: BUILD,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        threads: rayon::current_num_threads(),
        device,
        data: std::path::absolute(&dataset.root).unwrap_or_else(|_| dataset.root.clone()),
        classes: &dataset.class_names,
        untaught,
        images: Split::ALL.map(|split| dataset.cases(split).len()),
        orientations: dataset.orientations(Split::Train)?,
        pretrained,
    };
    folder.write_json(FILE, &environment)?;
    folder.write_json(SPLIT, &dataset.split_table())
}

/// Refuses to go on with other images than a run began with.
///
/// # Errors
///
/// The data set is another, or is split in another way; or the run's own note of it cannot be read.
pub(crate) fn check_split(folder: &RunFolder, dataset: &Dataset) -> Result<(), RunnerError> {
    let path = folder.path().join(SPLIT);
    let read = || -> Result<(Value, Value), Box<dyn std::error::Error>> {
        let then = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        Ok((then, serde_json::to_value(dataset.split_table())?))
    };
    let (then, now) = read().map_err(|error| RunnerError::unreadable(&path, &error))?;
    if then == now {
        return Ok(());
    }
    Err(RunnerError::mend(
        format!(
            "{}: expected the images that {} lists, found others",
            dataset.root.display(),
            path.display()
        ),
        "give the same data folder as then, unchanged, or train anew",
    ))
}

/// The part that is read again.
#[derive(Deserialize)]
struct Remembered {
    data: PathBuf,
    classes: Vec<String>,
    /// Runs of old do not note them.
    #[serde(default)]
    orientations: BTreeSet<String>,
    #[serde(default)]
    untaught: Vec<usize>,
}

fn remembered(folder: &RunFolder) -> Result<Remembered, RunnerError> {
    let path = folder.path().join(FILE);
    let read = || -> Result<Remembered, Box<dyn std::error::Error>> {
        Ok(serde_json::from_str(&std::fs::read_to_string(&path)?)?)
    };
    read().map_err(|error| RunnerError::unreadable(&path, &error))
}

/// The data folder that a run was trained on, if it is still there.
///
/// # Errors
///
/// It is not noted, or has gone.
pub(crate) fn data_root(folder: &RunFolder) -> Result<PathBuf, RunnerError> {
    let root = remembered(folder)?.data;
    if root.is_dir() {
        return Ok(root);
    }
    Err(RunnerError::mend(
        format!(
            "{}: expected the data of this run, found no such folder",
            root.display()
        ),
        "give its place with `--data DIR`",
    ))
}

/// Names of the classes that a run was trained on.
///
/// # Errors
///
/// They are not noted.
pub(crate) fn class_names(folder: &RunFolder) -> Result<Vec<String>, RunnerError> {
    Ok(remembered(folder)?.classes)
}

/// Towards what the axes of the volumes count that a run was trained on; nothing where that is not known.
///
/// # Errors
///
/// The run's note of its data cannot be read.
pub(crate) fn orientations(folder: &RunFolder) -> Result<BTreeSet<String>, RunnerError> {
    Ok(remembered(folder)?.orientations)
}

/// Numbers of the classes that no image held which a run was trained on.
///
/// # Errors
///
/// The note of the run cannot be read.
pub(crate) fn untaught(folder: &RunFolder) -> Result<Vec<usize>, RunnerError> {
    Ok(remembered(folder)?.untaught)
}
