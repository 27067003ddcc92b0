//! PyTorch on this machine, and the scripts that it runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::commands::bench::machine::process::finished;
use crate::error::RunnerError;

/// A script of `assets/reference/networks` with its name.
macro_rules! script {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../assets/reference/networks/",
                $name
            )),
        )
    };
}
/// The networks in PyTorch and the script that measures a step of them.
pub(super) const SCRIPTS: [(&str, &str); 8] = [
    script!("speed.py"),
    script!("unets.py"),
    script!("deeplab.py"),
    script!("gcascade.py"),
    script!("pvt.py"),
    script!("merit.py"),
    script!("maxvit.py"),
    script!("hashed.py"),
];

/// Prints where PyTorch computes. PyTorch for `ROCm` calls its devices `cuda` too.
const PROBE: &str = "import json, torch; cuda = torch.cuda.is_available(); \
    where = torch.cuda.get_device_name() if cuda else 'CPU'; \
    print(json.dumps({'device': 'cuda' if cuda else 'cpu', 'version': torch.__version__ + ', ' + where}))";

/// A Python with PyTorch.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Python {
    pub(super) program: PathBuf,
    /// `cuda` or `cpu`, as the script names it.
    pub(super) device: String,
    /// The version of PyTorch, and the name of its device.
    pub(super) version: String,
}

/// A Python whose PyTorch computes on a GPU, or on the CPU if that is the device that is measured.
///
/// # Errors
///
/// The requested one has none. Without a request, that is no error.
pub(super) fn find(requested: Option<&Path>, on_cpu: bool) -> Result<Option<Python>, RunnerError> {
    let names: Vec<PathBuf> = match requested {
        // Run from another folder, but not resolved: a virtual environment's program is a link.
        Some(program) => vec![std::path::absolute(program).map_err(RunnerError::bug)?],
        None => vec!["python3".into(), "python".into()],
    };
    let mut failure = String::new();
    for program in names {
        let found = finished(
            &program,
            ["-c", PROBE],
            Path::new("."),
            Duration::from_mins(1),
        );
        let text = |key: &str| {
            let value = found.result.as_ref()?.get(key)?;
            value.as_str().map(String::from)
        };
        match (text("device"), text("version")) {
            (Some(device), Some(version)) if on_cpu || device == "cuda" => {
                return Ok(Some(Python {
                    program,
                    device: if on_cpu { "cpu".into() } else { device },
                    version,
                }));
            }
            (Some(_), _) => failure = "its PyTorch finds no GPU".into(),
            _ => failure = found.failure.unwrap_or_default(),
        }
    }
    match requested {
        None => Ok(None),
        Some(program) => Err(RunnerError::fixable(
            format!("--python {}: {failure}", program.display()),
            "name a Python that imports torch, built for this GPU (CUDA or ROCm), or leave the option out",
        )),
    }
}
