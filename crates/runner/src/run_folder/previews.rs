//! `previews/`: a few fixed images of a training, what the network predicted for them epoch by epoch, and which of their pixels the
//! pixel rule dropped.
//!
//! `previews.json` has their names and their size. Images of one kind are stacked from top to bottom in one PNG:
//! `validation.png`, `validation-truth.png` and, after each epoch that is scored, `validation-0007.png` with the predicted classes;
//! `training.png`, `training-truth.png` and, after the first, the middle and the last epoch, `dropped-0007.png` with 1 where a pixel
//! was dropped. Labels have one grey value for each class. Nothing in these files depends on the clock: a resumed run writes the same
//! bytes.

mod stack;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data::{LabelMap, PlanarImage};
use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::files::disk;
use crate::files::input::{NOTES, read_text};
use crate::run_folder::folder::RunFolder;
use crate::run_folder::previews::stack::{image_stack, label_stack, read_images, read_labels};
use crate::run_folder::writer::RunWriter;

/// Their folder in a run folder.
pub(crate) const FOLDER: &str = "previews";
const LIST: &str = "previews.json";
const VALIDATION: &str = "validation";
const TRAINING: &str = "training";
const DROPPED: &str = "dropped";

/// Most images of a kind that are read.
const MOST_IMAGES: usize = 64;
/// Largest side of an image that is read.
const MOST_SIDE: usize = 1 << 15;

/// An image at training size as people see it, with its label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preview {
    /// Its name: that of its case, and the slice of a volume.
    pub(crate) name: String,
    /// Of a volume, a slice through the volume's window.
    pub(crate) image: PlanarImage,
    pub(crate) truth: LabelMap,
}

/// The fixed images of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Previews {
    /// Rows and columns of every image.
    pub(crate) size: [usize; 2],
    /// Those that are predicted after each epoch that is scored.
    pub(crate) validation: Vec<Preview>,
    /// Those whose dropped pixels are noted; none if the loss drops no pixels.
    pub(crate) training: Vec<Preview>,
}

/// `previews.json`.
#[derive(Serialize, Deserialize)]
struct List {
    size: [usize; 2],
    validation: Vec<String>,
    training: Vec<String>,
}

impl Previews {
    /// Writes the images and their labels.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write(&self, run: &RunWriter) -> Result<(), RunnerError> {
        let folder = run.path().join(FOLDER);
        match disk::create_folder(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(RunnerError::unwritable(&folder, error));
            }
            _ => {}
        }
        for (name, previews) in [(VALIDATION, &self.validation), (TRAINING, &self.training)] {
            if previews.is_empty() {
                continue;
            }
            let images = previews.iter().map(|preview| &preview.image);
            write_one(
                run,
                &format!("{name}.png"),
                &image_stack(images, self.size)?,
            )?;
            let truth = previews.iter().map(|preview| &preview.truth);
            let truth = label_stack(truth, self.size)?;
            write_one(run, &format!("{name}-truth.png"), &truth)?;
        }
        let names = |previews: &[Preview]| previews.iter().map(|one| one.name.clone()).collect();
        let list = List {
            size: self.size,
            validation: names(&self.validation),
            training: names(&self.training),
        };
        // The last of them: with it, the others are complete.
        run.write_json(&format!("{FOLDER}/{LIST}"), &list)
    }

    /// Writes what was predicted for the validation images after `epoch`.
    ///
    /// # Errors
    ///
    /// The disk's error, or other images than these.
    pub(crate) fn write_predictions(
        &self,
        run: &RunWriter,
        epoch: usize,
        predicted: &[LabelMap],
    ) -> Result<(), RunnerError> {
        let stack = label_stack(predicted.iter(), self.size)?;
        write_one(run, &of_epoch(VALIDATION, epoch), &stack)
    }

    /// Writes which pixels of the training images were dropped after `epoch`: 1 where one was.
    ///
    /// # Errors
    ///
    /// The disk's error, or other images than these.
    pub(crate) fn write_dropped(
        &self,
        run: &RunWriter,
        epoch: usize,
        dropped: &[LabelMap],
    ) -> Result<(), RunnerError> {
        let stack = label_stack(dropped.iter(), self.size)?;
        write_one(run, &of_epoch(DROPPED, epoch), &stack)
    }

    /// The previews of a run; none if it has none: it is of an earlier version, or `train.previews` was 0.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is not what this program writes.
    pub(crate) fn read(run: &RunFolder) -> Result<Option<Self>, RunnerError> {
        let folder = run.path().join(FOLDER);
        let path = folder.join(LIST);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let list: List = serde_json::from_str(&read_text(&path, NOTES)?)
            .map_err(|error| RunnerError::unreadable(&path, error))?;
        let most = list.validation.len().max(list.training.len());
        if most > MOST_IMAGES || list.size.iter().any(|side| !(1..=MOST_SIDE).contains(side)) {
            return Err(RunnerError::mismatch(
                format!("at most {MOST_IMAGES} previews with sides of 1 to {MOST_SIDE} pixels"),
                format!("{most} of {}×{}", list.size[0], list.size[1]),
                "remove the folder `previews`: the run can be used without it",
            )
            .at(path.display()));
        }
        let read = |name: &str, names: Vec<String>| -> Result<Vec<Preview>, RunnerError> {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            let (count, size) = (names.len(), list.size);
            let images = read_images(&folder.join(format!("{name}.png")), count, size)?;
            let truths = read_labels(&folder.join(format!("{name}-truth.png")), count, size)?;
            let all = names.into_iter().zip(images).zip(truths);
            Ok(all
                .map(|((name, image), truth)| Preview { name, image, truth })
                .collect())
        };
        Ok(Some(Self {
            size: list.size,
            validation: read(VALIDATION, list.validation)?,
            training: read(TRAINING, list.training)?,
        }))
    }

    /// The epochs whose predictions of the validation images are there.
    pub(crate) fn predicted_epochs(run: &RunFolder) -> Vec<usize> {
        epochs(run, VALIDATION)
    }

    /// The epochs after which it was noted which pixels of the training images are dropped.
    pub(crate) fn dropped_epochs(run: &RunFolder) -> Vec<usize> {
        epochs(run, DROPPED)
    }

    /// What was predicted for the validation images after `epoch`, in their order.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is of other images.
    pub(crate) fn predictions(
        &self,
        run: &RunFolder,
        epoch: usize,
    ) -> Result<Vec<LabelMap>, RunnerError> {
        let path = run.path().join(FOLDER).join(of_epoch(VALIDATION, epoch));
        read_labels(&path, self.validation.len(), self.size)
    }

    /// The dropped pixels of the training images after `epoch`, in their order: 1 where one was dropped.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is of other images.
    pub(crate) fn dropped(
        &self,
        run: &RunFolder,
        epoch: usize,
    ) -> Result<Vec<LabelMap>, RunnerError> {
        let path = run.path().join(FOLDER).join(of_epoch(DROPPED, epoch));
        read_labels(&path, self.training.len(), self.size)
    }

    /// Removes what epochs after `epoch` wrote, which a resumed run writes again, and what a kill left half-written.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn truncate_after(run: &RunWriter, epoch: usize) -> Result<(), RunnerError> {
        let folder = run.path().join(FOLDER);
        for path in files(&folder) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let later = [VALIDATION, DROPPED]
                .iter()
                .filter_map(|kind| epoch_of(&name, kind))
                .any(|of_file| of_file > epoch);
            let half_written = name.ends_with(".new");
            if later || half_written {
                disk::remove_file(&path).map_err(|error| RunnerError::unwritable(&path, error))?;
            }
        }
        Ok(())
    }
}

fn write_one(run: &RunWriter, name: &str, bytes: &[u8]) -> Result<(), RunnerError> {
    run.write_record(&format!("{FOLDER}/{name}"), bytes)
}

fn of_epoch(kind: &str, epoch: usize) -> String {
    format!("{kind}-{epoch:04}.png")
}

/// The epoch of a file of this kind; none for another file.
fn epoch_of(name: &str, kind: &str) -> Option<usize> {
    let number = name.strip_prefix(kind)?.strip_prefix('-')?;
    number.strip_suffix(".png")?.parse().ok()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// The epochs that have a file of this kind, in order.
fn epochs(run: &RunFolder, kind: &str) -> Vec<usize> {
    let files = files(&run.path().join(FOLDER)).into_iter();
    let mut epochs: Vec<usize> = files
        .filter_map(|path| epoch_of(&path.file_name()?.to_string_lossy(), kind))
        .collect();
    epochs.sort_unstable();
    epochs
}

#[cfg(test)]
mod tests;
