//! Output files of commands: a command overwrites only files that it has written itself.
//!
//! A file is written next to its place and renamed when it is whole. Commands that fill a folder keep a note in it of what they
//! wrote, with checksums, and overwrite a file only if it still matches the note: a photograph, or labels that somebody has
//! corrected by hand, are left alone. All places are checked before the first file is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data::retry_while_open;
use serde::{Deserialize, Serialize};

use crate::error::RunnerError;
use crate::files::checksum;
use crate::files::input::read_text;

/// Largest size of a note in bytes: enough for more than a hundred thousand files.
const NOTE: u64 = 64 << 20;

/// A folder that a command writes files into.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
    note: PathBuf,
    /// Files of the command that existed when it began.
    own: BTreeSet<String>,
}

/// A line of the note: a file that the command is about to rename to its place.
#[derive(Debug, Deserialize, Serialize)]
struct Written {
    name: String,
    sha256: String,
}

/// Checksums of what a command wrote, by name; several if it was killed before a file was in its place.
type Noted = BTreeMap<String, BTreeSet<String>>;

impl OutputFolder {
    /// The folder at `path` for the files `names` of `selvedge COMMAND`; it is made if it does not exist.
    ///
    /// # Errors
    ///
    /// Another file has one of their names, two of them have the same name, or the folder cannot be made.
    pub(crate) fn prepare(
        command: &str,
        path: &Path,
        names: &[String],
    ) -> Result<Self, RunnerError> {
        refuse_duplicates(path, names)?;
        let note = path.join(format!(".selvedge-{command}.jsonl"));
        let mut noted = read_note(&note);
        let mut own = BTreeSet::new();
        let mut others = Vec::new();
        for name in names {
            let sums = noted.remove(name).unwrap_or_default();
            let place = path.join(name);
            // A dangling link also belongs to someone.
            if fs::symlink_metadata(&place).is_err() {
                continue;
            }
            if let Some(sum) = checksum(&place).filter(|sum| sums.contains(sum)) {
                noted.insert(name.clone(), BTreeSet::from([sum]));
                own.insert(name.clone());
            } else {
                others.push(place);
            }
        }
        if let [first, more @ ..] = &others[..] {
            let more = match more.len() {
                0 => String::new(),
                count => format!(" (and {count} more)"),
            };
            return Err(RunnerError::mismatch(
                format!("a free place, or a file as `selvedge {command}` wrote it there"),
                format!("another{more}"),
                "nothing was written; choose another `--out`, or move what is there",
            )
            .at(first.display()));
        }
        fs::create_dir_all(path).map_err(|error| RunnerError::unwritable(path, error))?;
        rewrite_note(&note, noted)?;
        Ok(Self {
            path: path.to_path_buf(),
            note,
            own,
        })
    }

    /// Writes the file `name`: `write` gets a path next to its place, with the same extension.
    ///
    /// # Errors
    ///
    /// The error of `write` or of the disk.
    pub(crate) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), RunnerError>,
    ) -> Result<(), RunnerError> {
        let place = self.path.join(name);
        write_and_rename(&place, |temporary| {
            write(temporary)?;
            let sha256 = checksum(temporary)
                .ok_or_else(|| RunnerError::unwritable(&place, "it has vanished"))?;
            // Before the file is in its place: if the command is killed between the two, it still recognises its own file.
            let line = Written {
                name: name.to_string(),
                sha256,
            };
            self.append(&line)
                .map_err(|error| RunnerError::unwritable(&self.note, error))?;
            if self.own.contains(name) {
                return Ok(());
            }
            refuse_taken(&place).map_err(|error| {
                error.with_advice(
                    "it appeared there while the command worked; what was written before stays",
                )
            })
        })
    }

    /// Writes these bytes to the file `name`.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), RunnerError> {
        let place = self.path.join(name);
        self.write(name, |path| {
            fs::write(path, bytes).map_err(|error| RunnerError::unwritable(&place, error))
        })
    }

    fn append(&self, line: &Written) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = retry_while_open(|| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.note)
        })?;
        file.write_all(&text)
    }
}

fn refuse_duplicates(path: &Path, names: &[String]) -> Result<(), RunnerError> {
    let mut different = BTreeSet::new();
    match names.iter().find(|name| !different.insert(*name)) {
        None => Ok(()),
        Some(twice) => Err(RunnerError::mismatch(
            "one file of this name to write",
            "two",
            "give the inputs different names, or write into two folders",
        )
        .at(path.join(twice).display())),
    }
}

/// Reads a note; empty if the program did not write it.
fn read_note(note: &Path) -> Noted {
    let is_link = fs::symlink_metadata(note).is_ok_and(|about| about.is_symlink());
    let text = match read_text(note, NOTE) {
        Ok(text) if !is_link => text,
        _ => return Noted::new(),
    };
    let mut noted = Noted::new();
    // A kill may have cut the last line.
    let lines = text.lines();
    for Written { name, sha256 } in lines.filter_map(|line| serde_json::from_str(line).ok()) {
        noted.entry(name).or_default().insert(sha256);
    }
    noted
}

/// Rewrites the note with only these lines, so that it does not grow with every run.
fn rewrite_note(note: &Path, noted: Noted) -> Result<(), RunnerError> {
    if noted.is_empty() && fs::symlink_metadata(note).is_err() {
        return Ok(());
    }
    let mut text = String::new();
    for (name, sums) in noted {
        for sha256 in sums {
            let line = Written {
                name: name.clone(),
                sha256,
            };
            let line = serde_json::to_string(&line)
                .map_err(|error| RunnerError::unwritable(note, error))?;
            text += &format!("{line}\n");
        }
    }
    write_and_rename(note, |temporary| {
        fs::write(temporary, text).map_err(|error| RunnerError::unwritable(note, error))
    })
}

/// Refuses a path that exists.
///
/// # Errors
///
/// It exists.
pub(crate) fn refuse_taken(path: &Path) -> Result<(), RunnerError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let found = match found {
        found if found.is_dir() => "a folder",
        found if found.is_symlink() => "a link",
        _ => "one that does",
    };
    Err(RunnerError::mismatch(
        "a file that does not exist yet",
        found,
        "nothing was written; choose another `--out`, or move what is there",
    )
    .at(path.display()))
}

/// Writes a new file: next to its place, then renamed.
///
/// # Errors
///
/// It exists by now; the disk's error.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    write_and_rename(path, |temporary| {
        let write = || {
            let mut file = File::create(temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| RunnerError::unwritable(path, error))?;
        refuse_taken(path)
    })
}

/// Lets `write` fill a new file next to `place`, and renames it to `place`. No incomplete file is left behind.
fn write_and_rename(
    place: &Path,
    write: impl FnOnce(&Path) -> Result<(), RunnerError>,
) -> Result<(), RunnerError> {
    let failed = |error: io::Error| RunnerError::unwritable(place, error);
    let temporary = reserve(place).map_err(failed)?;
    let written = write(&temporary)
        .and_then(|()| retry_while_open(|| fs::rename(&temporary, place)).map_err(failed));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// An empty file with a free name, next to `place` and with its extension.
fn reserve(place: &Path) -> io::Result<PathBuf> {
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    // A long name could not become longer.
    let ending: String = name.to_string_lossy().chars().rev().take(32).collect();
    let ending: String = ending.chars().rev().collect();
    for number in 0..1000 {
        let path = place.with_file_name(format!(".{}-{number}.{ending}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|_| path),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The SHA-256 of a file's bytes, in hexadecimal digits; none if it cannot be read.
fn checksum(path: &Path) -> Option<String> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    checksum::of_file(File::open(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn fill(folder: &OutputFolder, name: &str, text: &str) {
        folder.write_bytes(name, text.as_bytes()).expect("written");
    }

    #[test]
    fn a_command_overwrites_its_own_files_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("out");
        let all = names(&["a.png", "b.png"]);
        let folder = OutputFolder::prepare("predict", &path, &all).expect("a free place");
        fill(&folder, "a.png", "one");
        // Killed here, the command can run again.
        let folder = OutputFolder::prepare("predict", &path, &all).expect("its own");
        fill(&folder, "a.png", "two");
        fill(&folder, "b.png", "three");
        OutputFolder::prepare("predict", &path, &all).expect("its own");
        let refused = |command: &str| {
            let error = OutputFolder::prepare(command, &path, &all).expect_err("another's");
            assert_eq!(error.exit_code, 2, "{error}");
            error.message()
        };
        assert!(refused("show").contains("and 1 more"));
        fs::write(path.join("b.png"), "corrected by hand").expect("written");
        assert!(refused("predict").contains("b.png"));
        assert_eq!(fs::read(path.join("a.png")).expect("there"), b"two");
        // A file created in the meantime was not written by this command either.
        let folder = OutputFolder::prepare("predict", &path, &names(&["d.png"])).expect("free");
        fs::write(path.join("d.png"), "another's").expect("written");
        folder.write_bytes("d.png", b"labels").expect_err("taken");
        assert_eq!(fs::read(path.join("d.png")).expect("there"), b"another's");
        fs::remove_file(path.join("d.png")).expect("removed");
        // Other files of the folder do not matter.
        OutputFolder::prepare("predict", &path, &names(&["c.png"])).expect("a free place");
        let left = fs::read_dir(&path).expect("a folder").count();
        assert_eq!(left, 3, "two files and the note");
    }

    #[test]
    fn two_files_of_the_same_name_are_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("out");
        OutputFolder::prepare("predict", &path, &names(&["a.png", "a.png"])).expect_err("one name");
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;

        let parent = tempfile::tempdir().expect("a folder");
        let photographs = parent.path().join("photographs");
        fs::create_dir(&photographs).expect("a folder");
        fs::write(photographs.join("a.png"), "a photograph").expect("written");
        let path = parent.path().join("out");
        symlink(&photographs, &path).expect("a link");
        OutputFolder::prepare("predict", &path, &names(&["a.png"])).expect_err("a photograph");
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder");
        symlink(photographs.join("a.png"), path.join("a.png")).expect("a link");
        OutputFolder::prepare("predict", &path, &names(&["a.png"])).expect_err("a link to it");
        symlink(parent.path().join("nowhere"), path.join("b.png")).expect("a link");
        OutputFolder::prepare("predict", &path, &names(&["b.png"])).expect_err("a link to nowhere");
        // A note that is a link would be written through.
        let note = path.join(".selvedge-predict.jsonl");
        symlink(photographs.join("a.png"), &note).expect("a link");
        let folder = OutputFolder::prepare("predict", &path, &names(&["c.png"])).expect("free");
        fill(&folder, "c.png", "labels");
        let kept = fs::read(photographs.join("a.png")).expect("there");
        assert_eq!(kept, b"a photograph");
    }

    #[test]
    fn a_single_file_is_new() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("x.npy");
        write_new(&path, b"one").expect("written");
        for taken in [path.as_path(), parent.path()] {
            refuse_taken(taken).expect_err("taken");
        }
        write_new(&path, b"two").expect_err("taken");
        assert_eq!(fs::read(&path).expect("there"), b"one");
        assert_eq!(fs::read_dir(parent.path()).expect("a folder").count(), 1);
    }
}
