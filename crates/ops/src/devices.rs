//! The devices that the operations are tested on.

use std::sync::OnceLock;

use burn::tensor::Device;

use crate::{AdapterKind, adapters};

/// The processor, and an adapter without a GPU; on macOS, which has none, the GPU.
pub(crate) fn devices() -> [Device; 2] {
    [Device::flex(), graphics()]
}

/// The second of them. A process may open it once.
///
/// With `SELVEDGE_TEST_DEVICES=cpu` the processor stands in for it: an emulated one has no adapter beside it.
pub(crate) fn graphics() -> Device {
    static OPENED: OnceLock<Device> = OnceLock::new();
    let open = || {
        if std::env::var("SELVEDGE_TEST_DEVICES").is_ok_and(|devices| devices == "cpu") {
            return Device::flex();
        }
        let found = adapters();
        let software = found
            .iter()
            .find(|adapter| adapter.kind == AdapterKind::Software || cfg!(target_os = "macos"));
        let adapter = software.expect("a software graphics adapter, which `just test` installs");
        adapter.open().expect("an adapter that opens")
    };
    OPENED.get_or_init(open).clone()
}
