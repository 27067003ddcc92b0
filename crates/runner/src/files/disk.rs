//! All writing to run folders, and reading of their files.
//!
//! Before every operation that a disk can refuse, or before which a process can be killed, `before` is called: there a test's
//! program makes the operation fail, or ends the process.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use data::retry_while_open;

use crate::error::RunnerError;

/// An operation of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new folder.
    CreateFolder,
    /// A new file, or an old one to append to.
    OpenFile,
    /// Bytes written to it.
    Write,
    /// Flushing what was written to the disk.
    Sync,
    /// Renaming a file or a folder.
    Rename,
    /// Removing a file or a folder.
    Remove,
}

type Hook = Box<dyn Fn(Step, &Path) -> io::Result<()> + Send + Sync>;

static HOOK: OnceLock<Hook> = OnceLock::new();

/// Calls `hook` before every step from here on: a test makes a disk fail with it. Only the first hook counts.
pub fn ask_before_each(hook: impl Fn(Step, &Path) -> io::Result<()> + Send + Sync + 'static) {
    let _ = HOOK.set(Box::new(hook));
}

fn before(step: Step, path: &Path) -> io::Result<()> {
    HOOK.get().map_or(Ok(()), |hook| hook(step, path))
}

/// Bytes written at a time.
const PORTION: usize = 1 << 16;

/// Makes a new folder.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    before(Step::CreateFolder, path)?;
    fs::create_dir(path)
}

/// Opens a file.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    before(Step::OpenFile, path)?;
    retry_while_open(|| options.open(path))
}

/// Writes all of `bytes`.
pub(crate) fn write_all(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    for portion in bytes.chunks(PORTION) {
        before(Step::Write, path)?;
        file.write_all(portion)?;
    }
    Ok(())
}

/// Writes a new file and flushes it to the disk.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open(
        path,
        OpenOptions::new().write(true).create(true).truncate(true),
    )?;
    write_all(&mut file, path, bytes)?;
    before(Step::Sync, path)?;
    file.sync_all()
}

/// Renames a file, over another if there is one, or a folder to a free name.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    before(Step::Rename, to)?;
    retry_while_open(|| fs::rename(from, to))?;
    sync_folder(to.parent().unwrap_or(Path::new(".")))
}

/// Flushes the names in a folder to the disk, where the system can do that.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    before(Step::Sync, path)?;
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    // A folder may be writable and not readable.
    let Ok(folder) = File::open(path) else {
        return Ok(());
    };
    folder.sync_all().or_else(|error| match error.kind() {
        // Some file systems cannot flush folders.
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Ok(()),
        _ => Err(error),
    })
}

/// Removes a folder and its contents, if it exists.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    remove(path, |path| fs::remove_dir_all(path))
}

/// Removes a file, if it exists.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    remove(path, |path| fs::remove_file(path))
}

fn remove(path: &Path, how: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    before(Step::Remove, path)?;
    retry_while_open(|| how(path))
}

/// The bytes of a regular file of at most `most` bytes: reading a pipe in its place would block.
pub(crate) fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, length) = data::open_file(path)?;
    let mut bytes = Vec::new();
    if length <= most {
        bytes.reserve_exact(length as usize);
        file.take(most + 1).read_to_end(&mut bytes)?;
    }
    let found = length.max(bytes.len() as u64);
    if found > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{found} bytes, more than the {most} that it can have"),
        ));
    }
    Ok(bytes)
}

/// Like [`write_whole`], for what nobody needs after the system has failed: nothing is flushed to the disk.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_unflushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = next_to(path);
    let write = || -> io::Result<()> {
        let options = &mut OpenOptions::new();
        let mut file = open(&temporary, options.write(true).create(true).truncate(true))?;
        write_all(&mut file, &temporary, bytes)?;
        drop(file);
        before(Step::Rename, path)?;
        retry_while_open(|| fs::rename(&temporary, path))
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// The name under which a file is written before it gets its own.
fn next_to(path: &Path) -> PathBuf {
    let mut temporary = path.as_os_str().to_os_string();
    temporary.push(".new");
    PathBuf::from(temporary)
}

/// Writes a file next to its place and renames it, so that a half-written one is never seen.
///
/// # Errors
///
/// The disk's error.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    let temporary = next_to(path);
    write_file(&temporary, bytes)
        .and_then(|()| rename(&temporary, path))
        .map_err(|error| {
            // No incomplete file is left behind.
            let _ = fs::remove_file(&temporary);
            RunnerError::unwritable(path, error)
        })
}
