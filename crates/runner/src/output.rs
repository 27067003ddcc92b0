//! Where commands write: nothing that a command has not written itself is ever written over.
//!
//! A file is written beside its place and moved there when it is whole. Commands that fill a folder keep a note in it of what
//! they wrote, with checksums, and write a file anew only where it is still what the note says: a photograph, or labels that
//! somebody has corrected by hand since, are left alone. All places are looked at before the first file is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data::patiently;
use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::error::RunnerError;
use crate::input::read_text;

/// Bytes that a note may have: a line for each of a hundred thousand files and more.
const NOTE: u64 = 64 << 20;

/// A folder that a command writes files into.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
    note: PathBuf,
    /// Files of the command that were there when it began.
    own: BTreeSet<String>,
}

/// A line of the note: a file that the command is about to move to its place.
#[derive(Debug, Deserialize, Serialize)]
struct Written {
    name: String,
    sha256: String,
}

/// Checksums of what a command wrote, by name; more than one where it was killed before a file was in its place.
type Noted = BTreeMap<String, BTreeSet<String>>;

impl OutputFolder {
    /// The folder at `path` for the files `names` of `selvedge COMMAND`; it is made if there is none.
    ///
    /// # Errors
    ///
    /// Something else lies where one of them belongs, two of them have one name, or the folder cannot be made.
    pub(crate) fn of(command: &str, path: &Path, names: &[String]) -> Result<Self, RunnerError> {
        refuse_twice(path, names)?;
        let note = path.join(format!(".selvedge-{command}.jsonl"));
        let mut noted = noted(&note);
        let mut own = BTreeSet::new();
        let mut others = Vec::new();
        for name in names {
            let sums = noted.remove(name).unwrap_or_default();
            let place = path.join(name);
            // A link that leads nowhere is somebody's as well.
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
            return Err(RunnerError::mend(
                format!(
                    "{}: expected a free place, or a file as `selvedge {command}` wrote it there, found another{more}",
                    first.display()
                ),
                "nothing was written; choose another `--out`, or move what lies there",
            ));
        }
        fs::create_dir_all(path).map_err(|error| RunnerError::unwritable(path, &error))?;
        note_anew(&note, noted)?;
        Ok(Self {
            path: path.to_path_buf(),
            note,
            own,
        })
    }

    /// Writes the file `name`: `write` is given a path beside its place, with the same ending.
    ///
    /// # Errors
    ///
    /// Those of `write`, or the disk's.
    pub(crate) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<(), RunnerError>,
    ) -> Result<(), RunnerError> {
        let place = self.path.join(name);
        beside(&place, |beside| {
            write(beside)?;
            let sha256 = checksum(beside)
                .ok_or_else(|| RunnerError::unwritable(&place, &"it has gone at once"))?;
            // Before the file is there: killed between the two, the command knows its own file again.
            let line = Written {
                name: name.to_string(),
                sha256,
            };
            self.append(&line)
                .map_err(|error| RunnerError::unwritable(&self.note, &error))?;
            if self.own.contains(name) {
                return Ok(());
            }
            refuse_taken(&place).map_err(|error| RunnerError {
                help: "it came there while the command worked; what was written before stays"
                    .into(),
                ..error
            })
        })
    }

    /// Writes the file `name` of these bytes.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub(crate) fn write_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), RunnerError> {
        let place = self.path.join(name);
        self.write(name, |path| {
            fs::write(path, bytes).map_err(|error| RunnerError::unwritable(&place, &error))
        })
    }

    fn append(&self, line: &Written) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = patiently(|| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.note)
        })?;
        file.write_all(&text)
    }
}

fn refuse_twice(path: &Path, names: &[String]) -> Result<(), RunnerError> {
    let mut different = BTreeSet::new();
    match names.iter().find(|name| !different.insert(*name)) {
        None => Ok(()),
        Some(twice) => Err(RunnerError::mend(
            format!(
                "{}: expected one file of this name to write, found two",
                path.join(twice).display()
            ),
            "give the inputs different names, or write into two folders",
        )),
    }
}

/// What a note says; nothing where it is none of the program's own.
fn noted(note: &Path) -> Noted {
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

/// Writes the note with these lines alone, so that it does not grow from time to time.
fn note_anew(note: &Path, noted: Noted) -> Result<(), RunnerError> {
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
                .map_err(|error| RunnerError::unwritable(note, &error))?;
            text += &format!("{line}\n");
        }
    }
    beside(note, |beside| {
        fs::write(beside, text).map_err(|error| RunnerError::unwritable(note, &error))
    })
}

/// Refuses to write a file where there is something already.
///
/// # Errors
///
/// There is.
pub(crate) fn refuse_taken(path: &Path) -> Result<(), RunnerError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let found = match found {
        found if found.is_dir() => "a folder",
        found if found.is_symlink() => "a link",
        _ => "one that does",
    };
    Err(RunnerError::mend(
        format!(
            "{}: expected a file that does not exist yet, found {found}",
            path.display()
        ),
        "nothing was written; choose another `--out`, or move what lies there",
    ))
}

/// Writes a file that is not there yet, beside its place and moved there.
///
/// # Errors
///
/// It is there by now; the disk's.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), RunnerError> {
    beside(path, |beside| {
        let write = || {
            let mut file = File::create(beside)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| RunnerError::unwritable(path, &error))?;
        refuse_taken(path)
    })
}

/// Lets `write` fill a new file beside `place`, and moves it there. What could not be written whole is not left lying about.
pub(crate) fn beside(
    place: &Path,
    write: impl FnOnce(&Path) -> Result<(), RunnerError>,
) -> Result<(), RunnerError> {
    let failed = |error: io::Error| RunnerError::unwritable(place, &error);
    let beside = reserved(place).map_err(failed)?;
    let written =
        write(&beside).and_then(|()| patiently(|| fs::rename(&beside, place)).map_err(failed));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// An empty file of a name that nothing had, beside `place` and with its ending.
fn reserved(place: &Path) -> io::Result<PathBuf> {
    let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    // Long names have no room for more.
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

/// The SHA-256 of a file's bytes, in hexadecimal; none if it is no file that can be read.
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
    fn what_the_command_wrote_is_written_anew_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("out");
        let all = names(&["a.png", "b.png"]);
        let folder = OutputFolder::of("predict", &path, &all).expect("a free place");
        fill(&folder, "a.png", "one");
        // Killed here, it goes on.
        let folder = OutputFolder::of("predict", &path, &all).expect("its own");
        fill(&folder, "a.png", "two");
        fill(&folder, "b.png", "three");
        OutputFolder::of("predict", &path, &all).expect("its own");
        let refused = |command: &str| {
            let error = OutputFolder::of(command, &path, &all).expect_err("another's");
            assert_eq!(error.exit_code, 2, "{error}");
            error.message
        };
        assert!(refused("show").contains("and 1 more"));
        fs::write(path.join("b.png"), "corrected by hand").expect("written");
        assert!(refused("predict").contains("b.png"));
        assert_eq!(fs::read(path.join("a.png")).expect("there"), b"two");
        // What comes there meanwhile is another's, too.
        let folder = OutputFolder::of("predict", &path, &names(&["d.png"])).expect("free");
        fs::write(path.join("d.png"), "another's").expect("written");
        folder.write_bytes("d.png", b"labels").expect_err("taken");
        assert_eq!(fs::read(path.join("d.png")).expect("there"), b"another's");
        fs::remove_file(path.join("d.png")).expect("removed");
        // What else lies in the folder does not matter.
        OutputFolder::of("predict", &path, &names(&["c.png"])).expect("a free place");
        let left = fs::read_dir(&path).expect("a folder").count();
        assert_eq!(left, 3, "two files and the note");
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = parent.path().join("out");
        OutputFolder::of("predict", &path, &names(&["a.png", "a.png"])).expect_err("one name");
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_no_way_around() {
        use std::os::unix::fs::symlink;

        let parent = tempfile::tempdir().expect("a folder");
        let photographs = parent.path().join("photographs");
        fs::create_dir(&photographs).expect("a folder");
        fs::write(photographs.join("a.png"), "a photograph").expect("written");
        let path = parent.path().join("out");
        symlink(&photographs, &path).expect("a link");
        OutputFolder::of("predict", &path, &names(&["a.png"])).expect_err("a photograph");
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder");
        symlink(photographs.join("a.png"), path.join("a.png")).expect("a link");
        OutputFolder::of("predict", &path, &names(&["a.png"])).expect_err("a link to it");
        symlink(parent.path().join("nowhere"), path.join("b.png")).expect("a link");
        OutputFolder::of("predict", &path, &names(&["b.png"])).expect_err("a link to nowhere");
        // A note that is a link would be written through.
        let note = path.join(".selvedge-predict.jsonl");
        symlink(photographs.join("a.png"), &note).expect("a link");
        let folder = OutputFolder::of("predict", &path, &names(&["c.png"])).expect("free");
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
