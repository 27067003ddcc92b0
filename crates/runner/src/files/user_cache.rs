//! Files in the user's cache folder: losing them costs only time.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::disk::write_whole;

/// How large a cache file may be.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// A longer file is not ours.
    pub(crate) bytes: u64,
    /// How many entries are kept.
    pub(crate) entries: usize,
}

/// The path of the cache file of this name, if the user has a cache folder.
pub(crate) fn path(file: &str) -> Option<PathBuf> {
    let named = |variable| {
        let path = PathBuf::from(std::env::var_os(variable)?);
        path.is_absolute().then_some(path)
    };
    let folder = if cfg!(windows) {
        named("LOCALAPPDATA")?.join("selvedge").join("cache")
    } else if cfg!(target_os = "macos") {
        named("HOME")?.join("Library/Caches/selvedge")
    } else {
        named("XDG_CACHE_HOME")
            .or_else(|| Some(named("HOME")?.join(".cache")))?
            .join("selvedge")
    };
    Some(folder.join(file))
}

/// The entries of a cache file; none if it cannot be read, or is not ours.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, limits: Limits) -> Vec<T> {
    let read = || -> Option<Vec<T>> {
        // Reading a pipe in its place would block.
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(limits.bytes).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    read().unwrap_or_default()
}

/// Stores `entry` before the others, in place of one with the same key, if the cache folder can be written. The oldest
/// entries beyond the limit are dropped.
pub(crate) fn keep<T: Serialize + DeserializeOwned>(
    path: &Path,
    limits: Limits,
    entry: T,
    has_same_key: impl Fn(&T, &T) -> bool,
) {
    let mut entries = read(path, limits);
    entries.retain(|other| !has_same_key(other, &entry));
    entries.insert(0, entry);
    entries.truncate(limits.entries);
    write(path, &entries);
}

/// Writes all of `entries`, if the cache folder can be written.
fn write<T: Serialize>(path: &Path, entries: &[T]) {
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_whole(path, &serde_json::to_vec_pretty(entries)?)?;
        Ok(())
    };
    if let Err(error) = write() {
        tracing::debug!("{} is not cached: {error}", path.display());
    }
}
