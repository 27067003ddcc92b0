//! What the program keeps for this machine in the user's cache folder: files that cost time to lose, and nothing else.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::disk::write_whole;

/// Where the file of this name is kept, if the user has a place for such files.
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

/// What a file of at most `most` bytes keeps. One that cannot be read, or that others have written, keeps nothing.
pub(crate) fn all<T: DeserializeOwned>(path: &Path, most: u64) -> Vec<T> {
    let read = || -> Option<Vec<T>> {
        // A pipe in its place would be waited for.
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(most).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    };
    read().unwrap_or_default()
}

/// Keeps all of `kept`. Where nothing can be written nothing is kept.
pub(crate) fn keep<T: Serialize>(path: &Path, kept: &[T]) {
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_whole(path, &serde_json::to_vec_pretty(kept)?)?;
        Ok(())
    };
    if let Err(error) = write() {
        tracing::debug!("{} is not kept: {error}", path.display());
    }
}
