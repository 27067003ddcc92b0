//! A sign of life on a file system that several machines share.
//!
//! The process of a lock can only be checked on its own machine. So a work item touches its run's lock every minute, and a lock of
//! another machine that has not been touched for ten minutes is one whose process has ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use crate::error::RunnerError;
use crate::files::lock::Lock;
use crate::files::lock::holder::Holder;

const BEAT: Duration = Duration::from_mins(1);
const SILENCE: Duration = Duration::from_mins(10);

/// Touches a lock's file until it is dropped.
pub(crate) struct Heartbeat {
    /// Dropping it ends the thread.
    _end: Sender<()>,
}

impl Heartbeat {
    /// Begins; the file need not exist yet.
    pub(crate) fn start(lock: PathBuf) -> Self {
        let (end, ended) = channel::<()>();
        std::thread::spawn(move || {
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // Without rights to set times, the lock only looks older than it is.
                let _ = File::options()
                    .append(true)
                    .open(&lock)
                    .and_then(|file| file.set_modified(SystemTime::now()));
            }
        });
        Self { _end: end }
    }
}

/// Who holds a lock now; none if nobody does, as far as this machine can tell.
pub(crate) fn holder(lock: &Path) -> Option<Holder> {
    let holder = Holder::read(lock)?;
    match Lock::is_held(lock, &holder) {
        Some(false) => None,
        Some(true) => Some(holder),
        None => (!is_silent(lock)).then_some(holder),
    }
}

/// Whether nobody has touched the file for so long that its process has ended. Times are those of its file system, whose clock may
/// differ from this machine's.
fn is_silent(lock: &Path) -> bool {
    let age = || -> std::io::Result<Duration> {
        let probe = lock.with_file_name(format!(".now-{}", std::process::id()));
        let now = File::create_new(&probe).and_then(|file| file.metadata()?.modified());
        let _ = fs::remove_file(&probe);
        let then = fs::metadata(lock)?.modified()?;
        Ok(now?.duration_since(then).unwrap_or_default())
    };
    age().is_ok_and(|age| age > SILENCE)
}

/// Removes the lock of another machine whose process has ended.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn remove_silent(lock: &Path) -> Result<(), RunnerError> {
    let Some(silent) = Holder::read(lock) else {
        return Ok(());
    };
    if Lock::is_held(lock, &silent).is_some() || !is_silent(lock) {
        return Ok(());
    }
    // Renamed first: two machines may find it at once, and the second must not remove the lock of the first.
    let aside = lock.with_file_name(format!("lock.silent-{}", std::process::id()));
    if fs::rename(lock, &aside).is_ok() {
        tracing::warn!(
            "{}: taking over from {}, which has given no sign of life for ten minutes",
            lock.display(),
            silent.describe()
        );
        fs::remove_file(&aside).map_err(|error| RunnerError::unwritable(&aside, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELSEWHERE: &str = "host = \"another machine\"\nboot = \"another boot\"\nprocess = 1\nsince = \"then\"\nlock = \"1\"\n";

    #[test]
    fn a_lock_of_another_machine_counts_until_it_is_silent() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = folder.path().join("lock");
        assert!(holder(&lock).is_none());
        fs::write(&lock, ELSEWHERE).expect("written");
        assert!(holder(&lock).is_some());
        remove_silent(&lock).expect("nothing to do");
        assert!(lock.exists(), "it was touched just now");
        let then = SystemTime::now() - SILENCE - Duration::from_secs(5);
        let file = File::options().append(true).open(&lock).expect("opened");
        file.set_modified(then).expect("set");
        drop(file);
        assert!(holder(&lock).is_none());
        remove_silent(&lock).expect("removed");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    #[cfg_attr(
        windows,
        ignore = "the file of a held lock cannot be opened for writing there"
    )]
    fn a_lock_of_this_machine_is_never_removed_by_its_age() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = folder.path().join("lock");
        let _held = Lock::take(&lock).expect("free");
        let file = File::options().append(true).open(&lock).expect("opened");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("set");
        assert!(holder(&lock).is_some());
        remove_silent(&lock).expect("nothing to do");
        assert!(lock.exists());
    }
}
