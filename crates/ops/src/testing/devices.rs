//! The devices that the tests of the workspace run on.
//!
//! `SELVEDGE_TEST_DEVICES` selects them: `cpu` the CPU only, `gpu` the CPU and this machine's first GPU. By default they are the
//! CPU and a software adapter.

use std::sync::OnceLock;

use burn::tensor::Device;

use super::every_instruction_set::is_narrowed;
use crate::adapters::{AdapterKind, adapters};

const VARIABLE: &str = "SELVEDGE_TEST_DEVICES";

fn are(devices: &str) -> bool {
    std::env::var_os(VARIABLE).is_some_and(|found| found == devices)
}

/// Whether the tests of this process run on the CPU only: because the variable says so, as for an emulated CPU without adapters,
/// or because the process was given an instruction set.
#[must_use]
pub fn is_cpu_only() -> bool {
    is_narrowed() || are("cpu")
}

/// The CPU, and the adapter unless the tests run on the CPU only.
#[must_use]
pub fn devices() -> Vec<Device> {
    if is_cpu_only() {
        vec![Device::flex()]
    } else {
        vec![Device::flex(), graphics()]
    }
}

/// The adapter: a software adapter, unless a GPU is requested; on macOS, which has no software adapter, the GPU.
///
/// # Panics
///
/// When there is no such adapter or it does not open: then the test must fail.
#[must_use]
pub fn graphics() -> Device {
    static OPENED: OnceLock<Device> = OnceLock::new();
    let open = || {
        let wants_gpu = are("gpu") || cfg!(target_os = "macos");
        let found = adapters().expect("only known APIs are excluded");
        let adapter = found
            .iter()
            .find(|adapter| (adapter.kind != AdapterKind::Software) == wants_gpu);
        let adapter = adapter.expect("a software adapter, which `just test` installs");
        adapter.open().expect("an adapter that opens")
    };
    OPENED.get_or_init(open).clone()
}
