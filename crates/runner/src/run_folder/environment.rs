//! `environment.json` and `split.json`: the machine and the data that a run was trained on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::SystemTime;

use data::{Dataset, Split};
use models::weights::LoadReport;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::build::{BUILD, Build};
use crate::device::description::DeviceDescription;
use crate::device::processor::processor;
use crate::error::RunnerError;
use crate::files::checksum::FileSums;
use crate::files::input::{IMAGES, NOTES, read_text};
use crate::run_folder::folder::RunFolder;
use crate::run_folder::writer::RunWriter;
use crate::run_folder::{data_checksum, data_files};
use crate::text::some_of::some_of;
use crate::text::time::readable_time;

const FILE: &str = "environment.json";

const SPLIT: &str = "split.json";

/// `environment.json`.
#[derive(Serialize)]
struct Environment<'a> {
    /// Identifies this run's checkpoints.
    run: String,
    /// This program.
    selvedge: Build,
    /// Operating system and CPU architecture.
    system: String,
    /// Name of the CPU.
    processor: String,
    /// Threads that run in parallel.
    threads: usize,
    /// The device.
    device: &'a DeviceDescription,
    /// The data set's folder.
    data: PathBuf,
    /// SHA-256 of all its images and labels; none if a file could not be read for it.
    data_sha256: Option<String>,
    /// When the training began, in UTC.
    started: String,
    /// Its classes.
    classes: &'a [String],
    /// Indices of the classes that no training image contains.
    untaught: &'a [usize],
    /// Its images for training, validation and test.
    images: [usize; 3],
    /// Orientations of its training volumes, such as `LPS`: the directions in which their axes count. Empty for photographs.
    orientations: BTreeSet<String>,
    /// The file of the network's first weights, with its checksum, and what was loaded from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pretrained: Option<&'a LoadReport>,
}

/// Writes `environment.json`, and the split as `split.json`; `sums` has checksums of the data set's files that are known already.
///
/// # Errors
///
/// The disk's errors, and those of volumes' headers.
pub(crate) fn write(
    folder: &RunWriter,
    device: &DeviceDescription,
    (dataset, sums): (&Dataset, &FileSums),
    untaught: &[usize],
    pretrained: Option<&LoadReport>,
) -> Result<(), RunnerError> {
    let environment = Environment {
        run: folder.new_id(),
        selvedge: BUILD,
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processor: processor(),
        threads: rayon::current_num_threads(),
        device,
        data: std::path::absolute(&dataset.root).unwrap_or_else(|_| dataset.root.clone()),
        data_sha256: data_checksum::of(dataset, sums),
        started: readable_time(SystemTime::now()),
        classes: &dataset.class_names,
        untaught,
        images: Split::ALL.map(|split| dataset.cases(split).len()),
        orientations: dataset.orientations(Split::Train)?,
        pretrained,
    };
    folder.write_json(FILE, &environment)?;
    data_files::write(folder, dataset)?;
    folder.write_json(SPLIT, &dataset.split_table())
}

/// Refuses to resume with other images than the run began with.
///
/// # Errors
///
/// The data set or its split differs from that of the run; or the run's `split.json` cannot be read.
pub(crate) fn check_split(folder: &RunFolder, dataset: &Dataset) -> Result<(), RunnerError> {
    let path = folder.path().join(SPLIT);
    let text = read_text(&path, IMAGES)?;
    let read = || -> serde_json::Result<[Value; 2]> {
        let then = serde_json::from_str(&text)?;
        Ok([then, serde_json::to_value(dataset.split_table())?])
    };
    let [then, now] = read().map_err(|error| RunnerError::unreadable(&path, error))?;
    if then == now {
        data_files::compare(folder, dataset);
        return Ok(());
    }
    Err(RunnerError::mismatch(
        format!("the images that {} lists", path.display()),
        differences(&by_image(&then), &by_image(&now)),
        "restore the data as it was, give the folder that the run began with by `--data`, or start a new training",
    )
    .at(dataset.root.display()))
}

/// Split and patient of each image.
fn by_image(table: &Value) -> BTreeMap<String, String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_string();
    let entries = table.as_array().map_or(&[][..], Vec::as_slice);
    let described = |entry: &Value| match text(entry, "patient") {
        patient if patient.is_empty() => text(entry, "split"),
        patient => format!("{}, patient {patient}", text(entry, "split")),
    };
    entries
        .iter()
        .map(|entry| (text(entry, "image"), described(entry)))
        .collect()
}

/// What was added, removed and changed, as text.
fn differences(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> String {
    let missing = |from: &BTreeMap<String, String>, image: &String| !from.contains_key(image);
    let added = now
        .iter()
        .filter(|(image, _)| missing(then, image))
        .map(|(image, place)| format!("'{image}' ({place})"));
    let removed = then
        .iter()
        .filter(|(image, _)| missing(now, image))
        .map(|(image, place)| format!("'{image}' ({place})"));
    let changed = now.iter().filter_map(|(image, place)| {
        let before = then.get(image).filter(|before| *before != place)?;
        Some(format!("'{image}' ({place}; then {before})"))
    });
    let parts = [
        some_of("more", added.collect()),
        some_of("fewer", removed.collect()),
        some_of("in another place", changed.collect()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "the same in another order".to_string()
    } else {
        parts.join("; ")
    }
}

/// The part of `environment.json` that is read back.
#[derive(Deserialize)]
struct Remembered {
    /// None in a run of an earlier version.
    #[serde(default)]
    run: Option<String>,
    data: PathBuf,
    /// None in a run of an earlier version.
    #[serde(default)]
    data_sha256: Option<String>,
    classes: Vec<String>,
    /// Empty in a run of an earlier version.
    #[serde(default)]
    orientations: BTreeSet<String>,
    #[serde(default)]
    untaught: Vec<usize>,
}

fn remembered(folder: &RunFolder) -> Result<Remembered, RunnerError> {
    let path = folder.path().join(FILE);
    serde_json::from_str(&read_text(&path, NOTES)?)
        .map_err(|error| RunnerError::unreadable(&path, error))
}

/// The data folder that a run was trained on, if it still exists.
///
/// # Errors
///
/// It is not recorded, or no longer exists.
pub(crate) fn data_root(folder: &RunFolder) -> Result<PathBuf, RunnerError> {
    let root = remembered(folder)?.data;
    if root.is_dir() {
        return Ok(root);
    }
    Err(RunnerError::mismatch(
        "the data of this run",
        "no such folder",
        "give its new path with `--data DIR`",
    )
    .at(root.display()))
}

/// The identifier of a run's checkpoints; none in a run of an earlier version.
///
/// # Errors
///
/// `environment.json` cannot be read.
pub(crate) fn run_id(folder: &RunFolder) -> Result<Option<String>, RunnerError> {
    Ok(remembered(folder)?.run)
}

/// The checksum of a run's data; none in a run of an earlier version.
///
/// # Errors
///
/// `environment.json` cannot be read.
pub(crate) fn data_sha256(folder: &RunFolder) -> Result<Option<String>, RunnerError> {
    Ok(remembered(folder)?.data_sha256)
}

/// Names of the classes that a run was trained on.
///
/// # Errors
///
/// `environment.json` cannot be read.
pub(crate) fn class_names(folder: &RunFolder) -> Result<Vec<String>, RunnerError> {
    Ok(remembered(folder)?.classes)
}

/// Orientations of the volumes that a run was trained on; empty if they are unknown.
///
/// # Errors
///
/// `environment.json` cannot be read.
pub(crate) fn orientations(folder: &RunFolder) -> Result<BTreeSet<String>, RunnerError> {
    Ok(remembered(folder)?.orientations)
}

/// Indices of the classes that no training image of a run contained.
///
/// # Errors
///
/// `environment.json` cannot be read.
pub(crate) fn untaught(folder: &RunFolder) -> Result<Vec<usize>, RunnerError> {
    Ok(remembered(folder)?.untaught)
}
