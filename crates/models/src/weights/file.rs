//! A file of weights, whole in memory.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::{Refusal, WeightsError};
use super::stored::StoredTensor;
use super::{pytorch, safetensors};

/// The most tensors of a file; the largest network here has fewer than two thousand.
pub const MAX_TENSORS: usize = 100_000;

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

/// A file's tensors by name. Their numbers stay in the file's bytes until they are asked for.
pub struct WeightsFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) tensors: BTreeMap<String, StoredTensor>,
    sha256: String,
    format: Format,
}

impl WeightsFile {
    /// Reads a file of any [`Format`]; its bytes tell which.
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
        let bytes = std::fs::read(path).map_err(|error| {
            refused(Refusal::new(
                format!("could not be read: {error}"),
                "check the path and the file's rights",
            ))
        })?;
        let (format, tensors) = index(&bytes).map_err(refused)?;
        let mut sha256 = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(sha256, "{byte:02x}").expect("a String takes everything");
        }
        Ok(Self {
            path: path.to_path_buf(),
            bytes,
            tensors: without_prefixes(tensors),
            sha256,
            format,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of its bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
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
}

fn index(bytes: &[u8]) -> Result<(Format, BTreeMap<String, StoredTensor>), Refusal> {
    /// Where a tar archive says that it is one.
    const TAR: std::ops::Range<usize> = 257..262;
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok((Format::PytorchZip, pytorch::zip(bytes)?));
    }
    if bytes.get(TAR) == Some(b"ustar") {
        return Err(Refusal::new(
            "expected safetensors or a file of PyTorch 0.1.10 or newer, found a tar archive as older ones wrote",
            pytorch::SAVE_AGAIN,
        ));
    }
    if safetensors::looks_like(bytes) {
        return Ok((Format::Safetensors, safetensors::index(bytes)?));
    }
    if pytorch::looks_legacy(bytes) {
        return Ok((Format::PytorchLegacy, pytorch::legacy(bytes)?));
    }
    Err(Refusal::new(
        format!(
            "expected safetensors or a file of torch.save, found {} bytes of neither",
            bytes.len()
        ),
        "give a .safetensors, .pth or .pt file",
    ))
}

/// Takes off what wrappers put before every name: `torch.nn.DataParallel` and its kin, `torch.compile`, trainers.
fn without_prefixes(mut tensors: BTreeMap<String, StoredTensor>) -> BTreeMap<String, StoredTensor> {
    const PREFIXES: [&str; 3] = ["module.", "_orig_mod.", "model."];
    while let Some(prefix) = PREFIXES
        .into_iter()
        .find(|prefix| !tensors.is_empty() && tensors.keys().all(|name| name.starts_with(prefix)))
    {
        tensors = (tensors.into_iter())
            .map(|(name, tensor)| (name[prefix.len()..].to_string(), tensor))
            .collect();
    }
    tensors
}
