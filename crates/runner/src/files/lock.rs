//! One writer at a time: a file that one process locks, and that names this process.
//!
//! The system releases its lock when the process ends, however it ends; a file that is left behind then means nothing. On a file
//! system shared by several machines, the system's lock may not reach the other machines, so the contents of the file count: a
//! lock of another machine is never taken, since its process cannot be checked from here.

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

/// How often the file may vanish, released by another process, or be locked while still empty, before we give up.
const TRIES: usize = 100;

/// How long the holder may need to write the file.
const PAUSE: Duration = Duration::from_millis(10);

/// A lock that this process holds, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    /// Open while the lock is held: it has the system's lock.
    file: Option<File>,
    text: String,
    id: String,
}

/// Why a lock cannot be taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A running process of this machine has it; which one, if its file can be read.
    Running(Option<Holder>),
    /// A process of another machine has it, and may be running; none if the file contains something else.
    Elsewhere(Option<Holder>),
    /// The disk refuses.
    Disk(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Lock {
    /// Takes the lock at `path`, if no process has it.
    pub(crate) fn take(path: &Path) -> Result<Self, Refused> {
        let ours = Holder::this_process();
        let text = toml::to_string(&ours).map_err(io::Error::other)?;
        for _ in 0..TRIES {
            let Some(Opened {
                mut file,
                exclusive,
            }) = open_for_one(path)?
            else {
                match Holder::read(path) {
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
                // A half-written file would name no process.
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
            // Its last holder removed the file between our opening and our locking it.
        }
        Err(Refused::Running(None))
    }

    /// A unique identifier of this lock.
    pub(crate) fn id(&self) -> String {
        self.id.clone()
    }

    /// Whether the process that holds the lock at `path` is still running, by the system of this machine; none if it is a process of
    /// another machine, or if this system cannot tell.
    pub(crate) fn is_held(path: &Path, holder: &Holder) -> Option<bool> {
        let ours = Holder::this_process();
        if !holder.is_of_this_machine(&ours) {
            return None;
        }
        if holder.is_gone(&ours, false) {
            return Some(false);
        }
        if cfg!(windows) {
            // Opening it for writing would keep its holder from it.
            return File::options()
                .append(true)
                .open(path)
                .is_err()
                .then_some(true);
        }
        // Shared, so that two readers do not take each other for its holder; given back at once.
        let file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Ok(()) => Some(false),
            Err(fs::TryLockError::WouldBlock) => Some(true),
            Err(fs::TryLockError::Error(_)) => None,
        }
    }

    /// Removes the lock's file, if it is still ours, when the process ends without dropping the lock.
    pub(crate) fn release_by_name(&self) -> impl FnOnce() + Send + 'static {
        let (path, text) = (self.path.clone(), self.text.clone());
        move || {
            if has_text(&path, &text) {
                // Where an open file cannot be removed it stays, and the next writer sees that its process has ended.
                let _ = disk::remove_file(&path);
            }
        }
    }

    /// Whether the lock still exists: someone may have removed it, or its folder.
    pub(crate) fn is_ours(&self) -> bool {
        has_text(&self.path, &self.text)
    }
}

/// Whether the lock's file at `path` still has this text.
fn has_text(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|found| found == text.as_bytes())
}

impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_ours() {
            return;
        }
        if cfg!(windows) {
            // An open file cannot be removed there.
            drop(self.file.take());
        }
        // If it stays, the next writer sees that its process has ended.
        let _ = disk::remove_file(&self.path);
    }
}

impl Refused {
    /// The error for a process that wants to write to `what`, whose lock is at `lock`.
    pub(crate) fn error(self, what: &Path, lock: &Path) -> RunnerError {
        let who = |holder: Option<Holder>| {
            holder.map_or_else(|| "another process".to_string(), |holder| holder.describe())
        };
        let expected = "no other process that writes to it";
        match self {
            Self::Running(holder) => RunnerError::mismatch(
                expected,
                format!("one: {}", who(holder)),
                "wait until it ends, or stop it with Ctrl-C or `kill`, and try again; `evaluate`, `predict` and `weights export` \
                 need not wait",
            )
            .at(what.display()),
            Self::Elsewhere(holder) => RunnerError::mismatch(
                expected,
                format!("the lock of one: {}", who(holder)),
                format!(
                    "this machine cannot check whether that process is still running; if it is not, remove {} and try again",
                    lock.display()
                ),
            )
            .at(what.display()),
            Self::Disk(error) => RunnerError::unwritable(lock, error),
        }
    }
}

#[cfg(test)]
mod tests;
