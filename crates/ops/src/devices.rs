//! The devices that the operations are tested on.

use std::sync::OnceLock;

use burn::tensor::Device;

use crate::level::every_level::is_processor_alone;
use crate::{AdapterKind, adapters};

/// The processor, and an adapter without a GPU; on macOS, which has none, the GPU. The processor alone where that is
/// what is tested.
pub(crate) fn devices() -> Vec<Device> {
    if is_processor_alone() {
        vec![Device::flex()]
    } else {
        vec![Device::flex(), graphics()]
    }
}

/// The adapter. A process may open it once.
pub(crate) fn graphics() -> Device {
    static OPENED: OnceLock<Device> = OnceLock::new();
    let open = || {
        let found = adapters().expect("known APIs alone are left out");
        let software = found
            .iter()
            .find(|adapter| adapter.kind == AdapterKind::Software || cfg!(target_os = "macos"));
        let adapter = software.expect("a software graphics adapter, which `just test` installs");
        adapter.open().expect("an adapter that opens")
    };
    OPENED.get_or_init(open).clone()
}
