//! One writer at a time: a file that one process has locked, and that says which.
//!
//! The system releases its own lock when the process ends, however it ends; what is left of the file then says nothing any
//! more. On a file system that several machines share, the system's lock may not reach the others, and there the file's words
//! count: a lock of another machine is never taken from it, since from here nobody can see whether its process still runs.

pub(crate) mod holder;
mod opened;

use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::error::RunnerError;
use crate::files::disk;
use crate::files::lock::holder::Holder;
use crate::files::lock::holder::read;
use crate::files::lock::opened::{Opened, open_for_one};

/// How often the file may vanish under us, released by another, or may be locked without words, before we give up.
const TRIES: usize = 100;

/// How long its holder may need for the words, once.
const PAUSE: Duration = Duration::from_millis(10);

/// A lock that this process holds, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    /// Open as long as the lock is held: the system's lock is on it.
    file: Option<File>,
    text: String,
    id: String,
}

/// Why a lock cannot be had.
#[derive(Debug)]
pub(crate) enum Refused {
    /// By a process of this machine, which is running; who it is, if its file can be read.
    Running(Option<Holder>),
    /// By a process of another machine, which may be running; none if the file says something else.
    Elsewhere(Option<Holder>),
    /// By the disk.
    Disk(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Lock {
    /// Takes the lock at `path`, if nobody has it.
    pub(crate) fn take(path: &Path) -> Result<Self, Refused> {
        let ours = Holder::this_process();
        let text = toml::to_string(&ours).map_err(io::Error::other)?;
        for _ in 0..TRIES {
            let Some(Opened {
                mut file,
                exclusive,
            }) = open_for_one(path)?
            else {
                match Holder::of(path) {
                    None => sleep(PAUSE),
                    holder => return Err(Refused::Running(holder)),
                }
                continue;
            };
            match read(&mut file)? {
                found if found.is_empty() => {}
                found => match toml::from_str::<Holder>(&found) {
                    Ok(holder) if holder.is_gone(&ours, exclusive) => {}
                    Ok(holder) if holder.is_of_this_machine(&ours) => {
                        return Err(Refused::Running(Some(holder)));
                    }
                    other => return Err(Refused::Elsewhere(other.ok())),
                },
            }
            file.set_len(0)?;
            file.rewind()?;
            if let Err(error) = disk::write_all(&mut file, path, text.as_bytes()) {
                // Half of it would be nobody's lock.
                let _ = fs::remove_file(path);
                return Err(error.into());
            }
            let lock = Self {
                path: path.to_path_buf(),
                file: Some(file),
                text: text.clone(),
                id: ours.lock.clone(),
            };
            if lock.is_ours() {
                return Ok(lock);
            }
            // Its last holder has removed the file between our opening and our locking it.
        }
        Err(Refused::Running(None))
    }

    /// What no other lock has, here or elsewhere.
    pub(crate) fn id(&self) -> String {
        self.id.clone()
    }

    /// Removes the lock's file, if it is still ours, when the process ends without dropping the lock.
    pub(crate) fn release_by_name(&self) -> impl FnOnce() + Send + 'static {
        let (path, text) = (self.path.clone(), self.text.clone());
        move || {
            if says(&path, &text) {
                // Where an open file cannot be removed it stays, and the next writer sees that its process has gone.
                let _ = disk::remove_file(&path);
            }
        }
    }

    /// Whether the lock is still there: someone may have removed it, or the folder that it is in.
    pub(crate) fn is_ours(&self) -> bool {
        says(&self.path, &self.text)
    }
}

/// Whether the lock's file at `path` is still the one of this text.
fn says(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|found| found == text.as_bytes())
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_ours() {
            return;
        }
        if cfg!(windows) {
            // Nothing is removed there while it is open.
            drop(self.file.take());
        }
        // If it stays, the next writer sees that its process has gone.
        let _ = disk::remove_file(&self.path);
    }
}

impl Refused {
    /// The error of one who wants to write to `what`, whose lock is at `lock`.
    pub(crate) fn error(self, what: &Path, lock: &Path) -> RunnerError {
        let who = |holder: Option<Holder>| {
            holder.map_or_else(|| "another process".to_string(), |holder| holder.words())
        };
        match self {
            Self::Running(holder) => RunnerError::fixable(
                format!(
                    "{}: expected no other process that writes to it, found one: {}",
                    what.display(),
                    who(holder)
                ),
                "wait for its end, or stop it by Ctrl-C or `kill`, and try again; `evaluate`, `predict` and `weights export` \
                 need not wait",
            ),
            Self::Elsewhere(holder) => RunnerError::fixable(
                format!(
                    "{}: expected no other process that writes to it, found the lock of one: {}",
                    what.display(),
                    who(holder)
                ),
                format!(
                    "this machine cannot see whether that one still runs; if it does not, remove {} and try again",
                    lock.display()
                ),
            ),
            Self::Disk(error) => RunnerError::unwritable(lock, &error),
        }
    }
}

#[cfg(test)]
mod tests;
