//! The checksums of a checkpoint's files, and reading the files while a training may replace them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::thread::sleep;
use std::time::{Duration, UNIX_EPOCH};

use burn::tensor::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::RunnerError;
use crate::files::checksum::hexadecimal;
use crate::files::disk::read_bounded;
use crate::run_folder::checkpoint::file::{IMAGES, STATE, write};
use crate::run_folder::environment;
use crate::run_folder::folder::RunFolder;

const MANIFEST: &str = "checkpoint.toml";
/// Largest size in bytes; it is much smaller.
const MOST: u64 = 1 << 16;
/// Largest size in bytes of the state of a training on millions of images.
const MOST_STATE: u64 = 1 << 26;
/// How often a checkpoint may be replaced while it is read; a training replaces one once per epoch.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(5);

/// The run that a checkpoint belongs to, and the SHA-256 of its files.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// When, in nanoseconds since 1970, so that two checkpoints of the same contents differ.
    #[serde(default)]
    saved: String,
    sha256: BTreeMap<String, String>,
}

impl Manifest {
    pub(super) fn new(run: Option<&str>) -> Self {
        Self {
            run: run.map(String::from),
            saved: UNIX_EPOCH
                .elapsed()
                .map_or_else(|_| String::new(), |time| time.as_nanos().to_string()),
            sha256: BTreeMap::new(),
        }
    }

    /// Adds the checksum of a file.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) {
        self.sha256.insert(name.to_string(), sha256(bytes));
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), RunnerError> {
        let path = folder.join(MANIFEST);
        let text = toml::to_string(self).map_err(|error| RunnerError::unwritable(&path, error))?;
        write(&path, text.as_bytes())
    }
}

/// Files of one checkpoint, read whole, with the checksums of what was written.
pub(super) struct Contents<'a> {
    run: &'a RunFolder,
    name: &'a str,
    folder: PathBuf,
    files: BTreeMap<&'static str, Bytes>,
}

impl<'a> Contents<'a> {
    /// Reads the `wanted` files of the checkpoint `name`, each of at most the given number of bytes. All are of the same checkpoint,
    /// even if a training replaces it meanwhile.
    ///
    /// # Errors
    ///
    /// A file is missing or damaged, or belongs to another run.
    pub(super) fn read(
        run: &'a RunFolder,
        name: &'a str,
        wanted: &[(&'static str, u64)],
    ) -> Result<Self, RunnerError> {
        let id = environment::run_id(run)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let folder = run.checkpoint(name)?;
            let before = stamp(&folder);
            let mut contents = Self {
                run,
                name,
                folder,
                files: BTreeMap::new(),
            };
            let found = contents.fill(wanted, id.as_deref());
            let folder = run.checkpoint(name)?;
            let is_the_same = folder == contents.folder && before == stamp(&folder);
            if (before.is_some() && is_the_same) || tries == TRIES {
                return found.map(|()| contents);
            }
            sleep(PAUSE);
        }
    }

    fn fill(
        &mut self,
        wanted: &[(&'static str, u64)],
        run: Option<&str>,
    ) -> Result<(), RunnerError> {
        let manifest = self.manifest(run)?;
        let has_images = manifest
            .as_ref()
            .is_some_and(|manifest| manifest.sha256.contains_key(IMAGES));
        for &(name, most) in wanted {
            if name == IMAGES && !has_images {
                continue;
            }
            let bytes = read_bounded(&self.folder.join(name), most)
                .map_err(|error| self.refused(name, &error).caused_by(error))?;
            if let Some(manifest) = &manifest {
                let found = sha256(&bytes);
                match manifest.sha256.get(name) {
                    Some(expected) if *expected == found => {}
                    expected => {
                        let expected = expected.map_or("none", String::as_str);
                        return Err(self.refused(
                            name,
                            &format!(
                                "other bytes than were written: their SHA-256 is {found}, expected {expected}"
                            ),
                        ));
                    }
                }
            }
            let bytes = Bytes::from_bytes_vec(bytes).shared();
            self.files.insert(name, bytes);
        }
        Ok(())
    }

    /// The checkpoint's checksums, if it belongs to the run; none in a run of an earlier version.
    fn manifest(&self, run: Option<&str>) -> Result<Option<Manifest>, RunnerError> {
        let path = self.folder.join(MANIFEST);
        let text = match read_bounded(&path, MOST) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound && run.is_none() => {
                static SAID: Once = Once::new();
                SAID.call_once(|| {
                    tracing::warn!(
                        "{}: written by an earlier version, without checksums; its files are used as they are",
                        self.folder.display()
                    );
                });
                return Ok(None);
            }
            Err(error) => return Err(self.refused(MANIFEST, &error).caused_by(error)),
        };
        let manifest: Manifest = toml::from_str(&text)
            .map_err(|error| self.refused(MANIFEST, &error).caused_by(error))?;
        if manifest.run.as_deref() != run {
            return Err(self.refused(MANIFEST, &"a checkpoint of another run"));
        }
        Ok(Some(manifest))
    }

    /// The bytes of a wanted file.
    pub(super) fn take(&mut self, name: &str) -> Bytes {
        self.files.remove(name).expect("a wanted file")
    }

    /// The bytes of a wanted file that not every checkpoint has.
    pub(super) fn take_if_any(&mut self, name: &str) -> Option<Bytes> {
        self.files.remove(name)
    }

    /// The error of a file with unexpected contents.
    pub(super) fn refused(&self, name: &str, found: &dyn Display) -> RunnerError {
        RunnerError::mismatch(
            "a checkpoint of this run",
            found.to_string().trim_end(),
            self.run.resume_advice(self.name),
        )
        .at(self.folder.join(name).display())
    }
}

/// Changes whenever a checkpoint is replaced; `None` if there is no checkpoint.
fn stamp(folder: &Path) -> Option<Vec<u8>> {
    let read = |name, most| read_bounded(&folder.join(name), most).ok();
    // Checkpoints of an earlier version have no manifest.
    read(MANIFEST, MOST).or_else(|| read(STATE, MOST_STATE))
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::digest(bytes))
}
