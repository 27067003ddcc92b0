//! From `--device` to a device.

mod auto;
pub(crate) mod description;
mod failure;
pub(crate) mod fit;
mod kept_trials;
pub mod memory;
pub(crate) mod pages;
pub mod panics;
pub(crate) mod precision;
pub(crate) mod process;
pub(crate) mod processor;
pub(crate) mod readback;
pub(crate) mod request;
pub mod runtime_folder;
pub(crate) mod trial;
pub(crate) mod trial_result;

use burn::tensor::Device;
use ops::{Adapter, AdapterKind, Api, WITHOUT, adapters, excluded_apis, open_noop};

use crate::device::description::{DeviceDescription, cpu, describe, noop};
use crate::device::trial_result::{Outcome, Trial};
use crate::error::RunnerError;

pub use request::DeviceRequest;

/// Opens the requested device. `auto` finds one on every machine: the CPU is always there.
///
/// # Errors
///
/// The environment excludes an unknown graphics API; there is no such adapter; or the driver refuses.
pub fn open(request: DeviceRequest) -> Result<(Device, DeviceDescription), RunnerError> {
    let without = excluded_apis()?;
    match request {
        DeviceRequest::Cpu => return Ok(cpu(request)),
        DeviceRequest::Noop => {
            return open_noop()
                .map(|device| (device, noop()))
                .map_err(refused("the adapter that computes nothing"));
        }
        DeviceRequest::On(api, _) if without.contains(&api) => {
            let name = api.as_str();
            return Err(RunnerError::fixable(
                format!("{name} is excluded by the environment variable {WITHOUT}"),
                format!("remove {name} from {WITHOUT}, or choose another device"),
            )
            .at(format!("`--device {request}`")));
        }
        _ => {}
    }
    let found = adapters()?;
    let gpus = || {
        found
            .iter()
            .filter(|adapter| adapter.kind != AdapterKind::Software)
    };
    let wanted = match request {
        DeviceRequest::Auto => return Ok(open_auto(&found, &without)),
        DeviceRequest::Cpu | DeviceRequest::Noop => unreachable!("opened above"),
        DeviceRequest::Gpu(number) => gpus().nth(number),
        DeviceRequest::On(api, number) => found
            .iter()
            .filter(|adapter| adapter.api == api)
            .nth(number),
        DeviceRequest::Software => found
            .iter()
            .find(|adapter| adapter.kind == AdapterKind::Software),
    };
    let Some(adapter) = wanted else {
        return Err(absent(request, &found, &without));
    };
    let device = adapter.open().map_err(refused(&adapter.name))?;
    Ok((device, describe(request, adapter)))
}

/// The error of an adapter that did not open.
fn refused(name: &str) -> impl Fn(ops::OpenError) -> RunnerError {
    move |error| {
        RunnerError::failed(
            format!("{name} refused to open: {error}"),
            "try `selvedge doctor`, another `--device`, or `--device cpu`",
        )
        .caused_by(error)
    }
}

/// The best of the adapters that were found, or the CPU.
fn open_auto(found: &[Adapter], without: &[Api]) -> (Device, DeviceDescription) {
    let request = DeviceRequest::Auto;
    let kinds: Vec<AdapterKind> = found.iter().map(|adapter| adapter.kind).collect();
    let (cpu, described) = cpu(request);
    let open = |place: usize| {
        let adapter = &found[place];
        let refused =
            |error: &ops::OpenError| tracing::warn!("{} cannot be used: {error}", adapter.name);
        adapter.open().inspect_err(refused).ok()
    };
    let try_out = |place| trial::try_out(found, place, &described.name);
    let choice = auto::choose(&kinds, open, try_out);
    let (device, mut description) = match choice.adapter {
        Some((place, device)) => (device, describe(request, &found[place])),
        None => (cpu, described),
    };
    match &choice.trial {
        None if description.api.is_none() => {
            tracing::info!(
                "no GPU found{}; running on the CPU, which needs no driver",
                missed(without)
            );
        }
        Some(Trial {
            outcome: Outcome::Failed { failure },
            adapter,
            api,
        }) => tracing::warn!(
            "{adapter} failed a small training step ({failure}); running on the CPU. `--device {api}` uses it anyway; {WITHOUT}={api} skips the trial"
        ),
        _ => {}
    }
    description.trial = choice.trial;
    (device, description)
}

/// The APIs that were not searched for adapters, for the end of a message.
fn missed(without: &[Api]) -> String {
    if without.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = without.iter().map(|api| api.as_str()).collect();
    format!(" ({WITHOUT} excludes {})", names.join(", "))
}

fn absent(request: DeviceRequest, found: &[Adapter], without: &[Api]) -> RunnerError {
    let list = if found.is_empty() {
        "no graphics adapter".to_string()
    } else {
        found
            .iter()
            .map(|adapter| {
                let (kind, api) = (adapter.kind.as_str(), adapter.api.as_str());
                format!("{} ({kind}, {api})", adapter.name)
            })
            .collect::<Vec<_>>()
            .join("; ")
    };
    let help = if request == DeviceRequest::Software {
        "install a software Vulkan adapter (Debian and Ubuntu: mesa-vulkan-drivers), or use `--device cpu`"
    } else {
        "use `--device auto` or `--device cpu`; if a GPU is built in, install its Vulkan driver"
    };
    RunnerError::mismatch(
        "such an adapter",
        format!("{list}{}", missed(without)),
        help,
    )
    .at(format!("`--device {request}`"))
}
