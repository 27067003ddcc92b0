//! `tensorboard/`: event files, which TensorBoard and programs that import its files read.
//!
//! Each process that trains a run writes a file of its own, numbered from 1. When a run is resumed, the events of epochs that are
//! trained again are removed from the files, and the next file begins with a message at which a TensorBoard that has already shown
//! them forgets them. So no step is there twice.

mod crc32c;
pub(crate) mod messages;
mod record;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::error::RunnerError;
use crate::files::disk::{self, read_bounded, write_whole};
use crate::run_folder::event_files::messages::{Event, SessionLog, Summary, Value};
use crate::run_folder::event_files::record::{Records, framed};
use crate::run_folder::writer::RunWriter;

/// Their folder in a run folder.
pub(crate) const FOLDER: &str = "tensorboard";
/// TensorBoard recognises a file by the middle of its name, and reads a folder's files in the order of their names.
const NAME: &str = "events.out.tfevents.";
/// Largest size in bytes of a file that is continued.
const MOST: u64 = 1 << 30;
/// The version of the format that is written at the start of a file.
const VERSION: &str = "brain.Event:2";

/// The event file of this process.
#[derive(Debug)]
pub(crate) struct EventFile {
    path: PathBuf,
    /// The first epoch that is written.
    first: usize,
    is_begun: bool,
}

impl EventFile {
    /// Prepares a new file for the epochs after `epoch`, and removes later ones from the files that there are.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn begin(run: &RunWriter, epoch: usize) -> Result<Self, RunnerError> {
        let folder = run.path().join(FOLDER);
        match disk::create_folder(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(RunnerError::unwritable(&folder, error));
            }
            _ => {}
        }
        remove_half_written(&folder)?;
        let mut last = 0;
        for (number, path) in files(&folder) {
            if shorten(&path, epoch)? {
                last = last.max(number);
            }
        }
        Ok(Self {
            path: folder.join(format!("{NAME}{:04}", last + 1)),
            first: epoch + 1,
            is_begun: false,
        })
    }

    /// Whether a run has event files, which a resumed run continues.
    pub(crate) fn exists_in(run: &RunWriter) -> bool {
        run.path().join(FOLDER).is_dir()
    }

    /// Appends the values of an epoch.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn append(&mut self, epoch: usize, values: Vec<Value>) -> Result<(), RunnerError> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH);
        let event = Event {
            wall_time: time.map_or(0.0, |time| time.as_secs_f64()),
            step: epoch as i64,
            ..Event::default()
        };
        let mut bytes = Vec::new();
        if !self.is_begun {
            bytes.extend(framed(
                &Event {
                    file_version: Some(VERSION.into()),
                    step: 0,
                    ..event.clone()
                }
                .encode_to_vec(),
            ));
            bytes.extend(framed(
                &Event {
                    session_log: Some(SessionLog::start()),
                    step: self.first as i64,
                    ..event.clone()
                }
                .encode_to_vec(),
            ));
        }
        bytes.extend(framed(
            &Event {
                summary: Some(Summary { values }),
                ..event
            }
            .encode_to_vec(),
        ));
        let append = || -> io::Result<()> {
            let mut file = disk::open(&self.path, OpenOptions::new().create(true).append(true))?;
            disk::write_all(&mut file, &self.path, &bytes)
        };
        append().map_err(|error| RunnerError::unwritable(&self.path, error))?;
        self.is_begun = true;
        Ok(())
    }
}

/// The event files of this program with their numbers, in order.
fn files(folder: &Path) -> Vec<(usize, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(usize, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(NAME)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    files.sort();
    files
}

/// Removes what a kill left of a file that was being shortened: TensorBoard would read it too.
fn remove_half_written(folder: &Path) -> Result<(), RunnerError> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    for path in paths.filter(|path| path.extension().is_some_and(|ending| ending == "new")) {
        disk::remove_file(&path).map_err(|error| RunnerError::unwritable(&path, error))?;
    }
    Ok(())
}

/// Removes the events after `epoch`, and what a kill left half-written. Returns false if nothing is left, and the file is removed.
fn shorten(path: &Path, epoch: usize) -> Result<bool, RunnerError> {
    let bytes = read_bounded(path, MOST).map_err(|error| {
        RunnerError::unreadable(path, error).with_advice(
            "remove the folder `tensorboard` and resume: the run continues with new event files",
        )
    })?;
    let mut kept = 0;
    let mut has_values = false;
    for record in Records::new(&bytes) {
        let Ok(event) = Event::decode(record.payload) else {
            break;
        };
        if event.step > epoch as i64 {
            break;
        }
        has_values |= event.summary.is_some();
        kept = record.end;
    }
    if !has_values {
        disk::remove_file(path).map_err(|error| RunnerError::unwritable(path, error))?;
    } else if kept < bytes.len() {
        write_whole(path, &bytes[..kept])?;
    }
    Ok(has_values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(run: &RunWriter) -> Vec<Vec<i64>> {
        let files = files(&run.path().join(FOLDER)).into_iter();
        let steps = files.map(|(_, path)| {
            let bytes = fs::read(path).expect("a file");
            let events = Records::new(&bytes).map(|record| {
                let event = Event::decode(record.payload).expect("an event");
                assert_eq!(
                    event.step == 0,
                    event.file_version.as_deref() == Some(VERSION)
                );
                event.step
            });
            events.collect()
        });
        steps.collect()
    }

    #[test]
    fn a_resumed_run_has_every_step_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("run");
        let run = RunWriter::create("run", Some(&path)).expect("a new run");
        let write = |after: usize, until: usize| {
            let mut file = EventFile::begin(&run, after).expect("a new file");
            for epoch in after + 1..=until {
                let values = vec![Value::number("dice", 0.5)];
                file.append(epoch, values).expect("appended");
            }
        };
        write(0, 3);
        // File version, start of the session, three epochs.
        assert_eq!(steps(&run), [[0, 1, 1, 2, 3]]);
        write(2, 4);
        assert_eq!(steps(&run), [vec![0, 1, 1, 2], vec![0, 3, 3, 4]]);

        // A kill in the middle of an event.
        let last = run.path().join(FOLDER).join("events.out.tfevents.0002");
        let bytes = fs::read(&last).expect("a file");
        fs::write(&last, &bytes[..bytes.len() - 3]).expect("written");
        write(3, 5);
        let expected = [vec![0, 1, 1, 2], vec![0, 3, 3], vec![0, 4, 4, 5]];
        assert_eq!(steps(&run), expected);

        // From the start: nothing of the earlier files is left.
        write(0, 1);
        assert_eq!(steps(&run), [[0, 1, 1]]);
        EventFile::begin(&run, 1).expect("nothing is written before an epoch");
        assert_eq!(steps(&run), [[0, 1, 1]]);
    }
}
