//! A file of weights: which tensors it has, and where.

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

/// How a file keeps its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// safetensors.
    Safetensors,
    /// What `torch.save` writes since PyTorch 1.6: an archive with a pickle and one entry for every storage.
    PytorchZip,
    /// What it wrote before: pickles one behind the other, then the storages.
    PytorchLegacy,
}

/// A file's tensors by name. Their numbers stay in the file until they are asked for.
pub struct WeightsFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Bytes,
    pub(super) tensors: BTreeMap<String, StoredTensor>,
    sha256: OnceLock<String>,
    format: Format,
}

impl WeightsFile {
    /// Reads what a file of any [`Format`] says of its tensors; its bytes tell which.
    ///
    /// # Errors
    ///
    /// It cannot be read, is damaged, of another format, or asks for more than its own size.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let refused = |refusal: Refusal| WeightsError {
            path: path.to_path_buf(),
            message: refusal.message,
            advice: refusal.advice.to_string(),
        };
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

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of its bytes, in hexadecimal, for which all of them are read.
    ///
    /// # Errors
    ///
    /// They cannot be.
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
            write!(text, "{byte:02x}").expect("a String takes everything");
        }
        Ok(self.sha256.get_or_init(|| text))
    }

    /// How it keeps its tensors.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    pub(super) fn error(
        &self,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> WeightsError {
        WeightsError {
            path: self.path.clone(),
            message: message.into(),
            advice: advice.into(),
        }
    }

    pub(super) fn unreadable(&self, error: &io::Error) -> WeightsError {
        let refusal = unreadable(error);
        self.error(refusal.message, refusal.advice)
    }
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::new(
        format!("could not be read: {error}"),
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
