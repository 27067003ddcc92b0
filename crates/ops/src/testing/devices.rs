//! The devices that the tests of the workspace run on.
//!
//! `SELVEDGE_TEST_DEVICES` says which: `cpu` the processor alone, `gpu` the processor and this machine's first GPU; without
//! it the processor and a software adapter.

use std::sync::OnceLock;

use burn::tensor::Device;

use super::every_level::is_narrowed;
use crate::adapters::{AdapterKind, adapters};

const VARIABLE: &str = "SELVEDGE_TEST_DEVICES";

fn are(devices: &str) -> bool {
    std::env::var_os(VARIABLE).is_some_and(|found| found == devices)
}

/// Whether the tests of this process leave graphics adapters out: it was told to, as an emulated processor has none beside
/// it, or given an instruction set.
#[must_use]
pub fn is_processor_alone() -> bool {
    is_narrowed() || are("cpu")
}

/// The processor, and the adapter where it is not left out.
#[must_use]
pub fn devices() -> Vec<Device> {
    if is_processor_alone() {
        vec![Device::flex()]
    } else {
        vec![Device::flex(), graphics()]
    }
}

/// The adapter: one without a GPU, unless a GPU is asked for; on macOS, which has no such adapter, the GPU.
///
/// # Panics
///
/// When there is none or it does not open: then a test has to fail.
#[must_use]
pub fn graphics() -> Device {
    static OPENED: OnceLock<Device> = OnceLock::new();
    let open = || {
        let wants_gpu = are("gpu") || cfg!(target_os = "macos");
        let found = adapters().expect("known APIs alone are left out");
        let adapter = found
            .iter()
            .find(|adapter| (adapter.kind != AdapterKind::Software) == wants_gpu);
        let adapter = adapter.expect("a software graphics adapter, which `just test` installs");
        adapter.open().expect("an adapter that opens")
    };
    OPENED.get_or_init(open).clone()
}
