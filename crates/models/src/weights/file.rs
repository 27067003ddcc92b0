//! A weights file: which tensors it contains, and where.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::bytes::Bytes;
use super::error::{Refusal, WeightsError};
use super::stored::StoredTensor;
use super::{prefixes, pytorch, safetensors, strangers};

/// Format of a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// safetensors.
    Safetensors,
    /// Written by `torch.save` since PyTorch 1.6: an archive with a pickle and one entry for every storage.
    PytorchZip,
    /// Written by `torch.save` before PyTorch 1.6: consecutive pickles, then the storages.
    PytorchLegacy,
}

/// A file's tensors by name. Their values stay in the file until they are needed.
pub struct WeightsFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Bytes,
    pub(super) tensors: BTreeMap<String, StoredTensor>,
    sha256: OnceLock<String>,
    format: Format,
}

impl WeightsFile {
    /// Reads the index of a file; its first bytes determine its [`Format`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, is damaged, has another format, or describes more data than it contains.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let refused = |refusal: Refusal| refusal.at(path.to_path_buf());
        let bytes = Bytes::open(path).map_err(|error| refused(unreadable(&error)))?;
        let (format, tensors) = index(&bytes).map_err(refused)?;
        Ok(Self {
            path: path.to_path_buf(),
            bytes,
            tensors: prefixes::without_usual(tensors),
            sha256: OnceLock::new(),
            format,
        })
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the whole file, in hexadecimal. Reads all of it.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn sha256(&self) -> Result<&str, WeightsError> {
        if let Some(known) = self.sha256.get() {
            return Ok(known);
        }
        let mut sum = Sha256::new();
        self.bytes
            .pieces(0..self.bytes.length(), |piece| sum.update(piece))
            .map_err(|error| self.unreadable(&error))?;
        let mut text = String::new();
        for byte in sum.finalize() {
            write!(text, "{byte:02x}").expect("writing to a String succeeds");
        }
        Ok(self.sha256.get_or_init(|| text))
    }

    /// The file's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    pub(super) fn error(&self, refusal: Refusal) -> WeightsError {
        refusal.at(self.path.clone())
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> WeightsError {
        self.error(unreadable(error))
    }
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::new(
        "a readable file",
        format!("one that could not be read: {error}"),
        "check the path and the file's rights",
    )
}

fn index(bytes: &Bytes) -> Result<(Format, BTreeMap<String, StoredTensor>), Refusal> {
    const HEAD: usize = 4096;
    let head = bytes.head(HEAD).map_err(|error| unreadable(&error))?;
    if head.starts_with(b"PK\x03\x04") {
        return Ok((Format::PytorchZip, pytorch::zip(bytes)?));
    }
    if safetensors::looks_like(&head, bytes.length()) {
        return Ok((Format::Safetensors, safetensors::index(&head, bytes)?));
    }
    if pytorch::looks_legacy(&head) {
        return Ok((Format::PytorchLegacy, pytorch::legacy(bytes)?));
    }
    Err(strangers::refusal(&head, bytes.length()))
}
