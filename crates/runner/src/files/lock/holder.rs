//! Who has a lock, as its file names them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::text::time::readable_time;

/// Bytes of a lock's file that are read; it is much smaller.
const MOST: u64 = 1 << 12;

/// The contents of a lock's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(super) host: String,
    /// Identifies the boot of the system, where it is known: the same in all containers of a machine.
    #[serde(default)]
    pub(super) boot: String,
    pub(super) process: u32,
    pub(super) since: String,
    /// A unique identifier of this lock.
    pub(super) lock: String,
}

impl Holder {
    pub(super) fn this_process() -> Self {
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

    /// Who has the lock at `path` according to its file, whether or not that process still runs.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        toml::from_str(&read(&mut file).ok()?).ok()
    }

    pub(super) fn is_of_this_machine(&self, ours: &Self) -> bool {
        self.host == ours.host || (!self.boot.is_empty() && self.boot == ours.boot)
    }

    /// Whether its process is known to have ended; `exclusive`: according to the system no process of this machine has the lock.
    pub(super) fn is_gone(&self, ours: &Self, exclusive: bool) -> bool {
        if !self.is_of_this_machine(ours) {
            return false;
        }
        let restarted = !self.boot.is_empty() && !ours.boot.is_empty() && self.boot != ours.boot;
        let process = PathBuf::from(format!("/proc/{}", self.process));
        let seen = Path::new("/proc/self").exists() && self.host == ours.host;
        exclusive || restarted || (seen && !process.exists())
    }

    /// Since when it has the lock, in UTC.
    pub(crate) fn since(&self) -> &str {
        &self.since
    }

    /// The unique identifier of its lock.
    pub(crate) fn id(&self) -> &str {
        &self.lock
    }

    /// Who has it and since when, as text.
    pub(crate) fn describe(&self) -> String {
        format!(
            "process {} on {}, since {}",
            self.process, self.host, self.since
        )
    }
}

pub(super) fn read(file: &mut File) -> io::Result<String> {
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
