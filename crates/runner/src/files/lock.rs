//! One writer at a time: a file that one process has locked, and that says which.
//!
//! The system releases its own lock when the process ends, however it ends; what is left of the file then says nothing any
//! more. On a file system that several machines share, the system's lock may not reach the others, and there the file's words
//! count: a lock of another machine is never taken from it, since from here nobody can see whether its process still runs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::disk;
use crate::error::RunnerError;
use crate::run_folder::names::readable_time;

/// Bytes of a lock's file that are read: many more than it has.
const MOST: u64 = 1 << 12;
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

/// What a lock's file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    host: String,
    /// The system's start, where it tells one: the same in all containers of a machine.
    #[serde(default)]
    boot: String,
    process: u32,
    since: String,
    /// Tells this lock from all others.
    lock: String,
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

impl Holder {
    fn this_process() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now();
        let nanoseconds = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos());
        let process = std::process::id();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            host: host(),
            boot: boot(),
            process,
            since: readable_time(now),
            lock: format!("{nanoseconds:x}-{process:x}-{count:x}"),
        }
    }

    /// Who has the lock at `path` by the words of its file, whether they still run or not.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        toml::from_str(&read(&mut file).ok()?).ok()
    }

    fn is_of_this_machine(&self, ours: &Self) -> bool {
        self.host == ours.host || (!self.boot.is_empty() && self.boot == ours.boot)
    }

    /// Whether its process has ended, as far as can be told; `exclusive`: the system says that nobody of this machine has it.
    fn is_gone(&self, ours: &Self, exclusive: bool) -> bool {
        if !self.is_of_this_machine(ours) {
            return false;
        }
        let restarted = !self.boot.is_empty() && !ours.boot.is_empty() && self.boot != ours.boot;
        let process = PathBuf::from(format!("/proc/{}", self.process));
        let seen = Path::new("/proc/self").exists() && self.host == ours.host;
        exclusive || restarted || (seen && !process.exists())
    }

    /// Who and since when, in words.
    pub(crate) fn words(&self) -> String {
        format!(
            "process {} on {}, since {}",
            self.process, self.host, self.since
        )
    }
}

impl Refused {
    /// The error of one who wants to write to `what`, whose lock is at `lock`.
    pub(crate) fn error(self, what: &Path, lock: &Path) -> RunnerError {
        let who = |holder: Option<Holder>| {
            holder.map_or_else(|| "another process".to_string(), |holder| holder.words())
        };
        match self {
            Self::Running(holder) => RunnerError::mend(
                format!(
                    "{}: expected no other process that writes to it, found one: {}",
                    what.display(),
                    who(holder)
                ),
                "wait for its end, or stop it by Ctrl-C or `kill`, and try again; `evaluate`, `predict` and `weights export` \
                 need not wait",
            ),
            Self::Elsewhere(holder) => RunnerError::mend(
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

/// The file of a lock.
struct Opened {
    file: File,
    /// Whether the system keeps all others of this machine from it.
    exclusive: bool,
}

/// Opens the file so that nobody else can while this process has it; none if somebody has it.
#[cfg(not(windows))]
fn open_for_one(path: &Path) -> io::Result<Option<Opened>> {
    use std::fs::TryLockError;

    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = disk::open(path, &options)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Opened {
            file,
            exclusive: true,
        })),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system without locks: the file's words alone count.
        Err(TryLockError::Error(_)) => Ok(Some(Opened {
            file,
            exclusive: false,
        })),
    }
}

/// As elsewhere; but a locked file could not be read by those who want to know whose it is.
#[cfg(windows)]
fn open_for_one(path: &Path) -> io::Result<Option<Opened>> {
    use std::os::windows::fs::OpenOptionsExt;

    /// Others may read.
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.share_mode(FILE_SHARE_READ);
    match options.open(path) {
        Ok(file) => Ok(Some(Opened {
            file,
            exclusive: true,
        })),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn host() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    if name.is_empty() {
        "an unnamed machine".to_string()
    } else {
        name
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| String::new(), |id| id.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        (folder, path)
    }

    #[test]
    fn a_second_one_is_refused_by_name_until_the_first_has_gone() {
        let (_folder, path) = place();
        let first = Lock::take(&path).expect("free");
        let refused = Lock::take(&path).expect_err("taken");
        let error = refused.error(Path::new("run"), &path);
        let process = format!("process {} on ", std::process::id());
        assert!(error.message.contains(&process), "{error}");
        assert!(error.message.contains("UTC"), "{error}");
        assert!(first.is_ours());
        drop(first);
        assert!(!path.exists());
        Lock::take(&path).expect("free again");
    }

    #[test]
    fn what_a_killed_process_of_this_machine_leaves_is_taken() {
        let (_folder, path) = place();
        let killed = Holder::this_process();
        // In another container, or before the machine was started anew.
        let elsewhere = Holder {
            host: "another".to_string(),
            ..killed.clone()
        };
        let earlier = Holder {
            boot: "another".to_string(),
            ..killed.clone()
        };
        let texts = [killed, earlier].map(|holder| toml::to_string(&holder).expect("text"));
        let mut texts = Vec::from(texts);
        if !elsewhere.boot.is_empty() {
            texts.push(toml::to_string(&elsewhere).expect("text"));
        }
        // Killed before it wrote who it is.
        texts.push(String::new());
        for text in texts {
            fs::write(&path, &text).expect("written");
            Lock::take(&path).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
        }
    }

    #[test]
    fn the_lock_of_another_machine_is_never_taken() {
        let (_folder, path) = place();
        let far = Holder {
            host: "node-7".to_string(),
            boot: "another".to_string(),
            process: 12,
            since: "2026-01-31 23:59:59 UTC".to_string(),
            lock: "1".to_string(),
        };
        let text = toml::to_string(&far).expect("text");
        for (text, word) in [
            (
                text.as_str(),
                "process 12 on node-7, since 2026-01-31 23:59:59 UTC",
            ),
            ("somebody's own file", "another process"),
        ] {
            fs::write(&path, text).expect("written");
            let error = Lock::take(&path)
                .expect_err("not ours")
                .error(Path::new("run"), &path);
            assert!(error.message.contains(word), "{error}");
            assert!(error.help.contains("remove "), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("there"), text);
        }
    }

    #[test]
    fn a_lock_that_somebody_took_away_is_ours_no_more() {
        let (_folder, path) = place();
        let lock = Lock::take(&path).expect("free");
        fs::remove_file(&path).expect("removed");
        assert!(!lock.is_ours());
        let second = Lock::take(&path).expect("free again");
        drop(lock);
        assert!(second.is_ours(), "the first one's end takes nothing away");
    }

    #[test]
    fn of_many_at_once_one_gets_it() {
        let (_folder, path) = place();
        for _ in 0..20 {
            let got: usize = std::thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| Lock::take(&path))).collect();
                let all: Vec<_> = all
                    .into_iter()
                    .map(|one| one.join().expect("ends"))
                    .collect();
                all.iter().filter(|one| one.is_ok()).count()
            });
            assert_eq!(got, 1);
        }
    }
}
