//! From `--device` to a device, and what is written down of it.

mod auto;
mod kept_trials;
mod trial;

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use data::counted;
use ops::{Adapter, AdapterKind, Api, Level, WITHOUT, adapters, left_out};
use serde::Serialize;

use crate::error::RunnerError;
use crate::recipe::Recipe;

pub use trial::{Outcome, Seconds, Trial};
pub(crate) use trial::{milliseconds, run_by_this_program};

/// What `--device` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceRequest {
    /// A discrete GPU; else of another GPU and the CPU the one that trains faster.
    #[default]
    Auto,
    /// burn's flex backend, which needs no driver.
    Cpu,
    /// The n-th GPU, discrete ones first.
    Gpu(usize),
    /// The n-th GPU that an API reaches.
    On(Api, usize),
    /// A software adapter, for tests.
    Software,
}

const SPELLINGS: &str = "auto, cpu, gpu, gpu:N, vulkan[:N], metal[:N], dx12[:N] or software";

impl FromStr for DeviceRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected {SPELLINGS}, found '{text}'");
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        match (name, number) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("software", None) => Ok(Self::Software),
            ("gpu", number) => Ok(Self::Gpu(number.unwrap_or(0))),
            ("vulkan", number) => Ok(Self::On(Api::Vulkan, number.unwrap_or(0))),
            ("metal", number) => Ok(Self::On(Api::Metal, number.unwrap_or(0))),
            ("dx12", number) => Ok(Self::On(Api::Dx12, number.unwrap_or(0))),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for DeviceRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Cpu => formatter.write_str("cpu"),
            Self::Gpu(number) => write!(formatter, "gpu:{number}"),
            Self::On(api, number) => write!(formatter, "{}:{number}", api.as_str()),
            Self::Software => formatter.write_str("software"),
        }
    }
}

/// A device as a run records it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceDescription {
    /// What was asked for.
    pub requested: String,
    /// The adapter's name, or the number of threads of the CPU.
    pub name: String,
    /// `cpu`, or the kind of adapter.
    pub kind: String,
    /// The instruction set that the CPU's loops run at; none on an adapter.
    pub instructions: Option<String>,
    /// The graphics API; none on the CPU.
    pub api: Option<String>,
    /// Driver and version; none on the CPU.
    pub driver: Option<String>,
    /// Largest part of a buffer that a kernel may see, in bytes; none on the CPU.
    pub max_binding_bytes: Option<u64>,
    /// Largest buffer, in bytes; none on the CPU.
    pub max_buffer_bytes: Option<u64>,
    /// What `auto` went by, where a GPU was tried beside the CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

impl fmt::Display for DeviceDescription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(instructions) = &self.instructions {
            return write!(formatter, "{}, {instructions}", self.name);
        }
        write!(formatter, "{} ({}", self.name, self.kind)?;
        if let Some(api) = &self.api {
            write!(formatter, ", {api}")?;
        }
        if let Some(driver) = &self.driver {
            write!(formatter, ", driver {driver}")?;
        }
        if let Some(bytes) = self.max_binding_bytes {
            write!(formatter, ", bindings up to {} MiB", bytes >> 20)?;
        }
        if let Some(trial) = &self.trial {
            write!(formatter, "; {}", trial.words(self.api.is_some()))?;
        }
        formatter.write_str(")")
    }
}

/// Opens what was asked for. `auto` finds a device everywhere: the CPU is always there.
///
/// # Errors
///
/// An unknown graphics API is to be left out; no adapter of that kind, with what there is; or the driver's refusal.
pub fn open(request: DeviceRequest) -> Result<(Device, DeviceDescription), RunnerError> {
    let without = left_out()?;
    match request {
        DeviceRequest::Cpu => return Ok(cpu(request)),
        DeviceRequest::On(api, _) if without.contains(&api) => {
            let name = api.as_str();
            return Err(RunnerError::mend(
                format!(
                    "`--device {request}`: {name} is left out by the environment variable {WITHOUT}"
                ),
                format!("take {name} out of {WITHOUT}, or ask for another device"),
            ));
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
        DeviceRequest::Cpu => unreachable!("answered above"),
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
    let device = adapter.open().map_err(|error| {
        RunnerError::failed(
            format!("{} refused to open: {error}", adapter.name),
            "try `selvedge doctor`, another `--device`, or `--device cpu`",
        )
    })?;
    Ok((device, describe(request, adapter)))
}

/// The best of the adapters that were found, or the CPU.
fn open_auto(found: &[Adapter], without: &[Api]) -> (Device, DeviceDescription) {
    let request = DeviceRequest::Auto;
    let kinds: Vec<AdapterKind> = found.iter().map(|adapter| adapter.kind).collect();
    let (processor, described) = cpu(request);
    let open = |place: usize| {
        let adapter = &found[place];
        let refused = |error: &String| tracing::warn!("{} cannot be used: {error}", adapter.name);
        adapter.open().inspect_err(refused).ok()
    };
    let try_out = |place| trial::try_out(found, place, &described.name);
    let choice = auto::choose(&kinds, open, try_out);
    let (device, mut description) = match choice.adapter {
        Some((place, device)) => (device, describe(request, &found[place])),
        None => (processor, described),
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
            "{adapter} failed a small training step ({failure}); running on the CPU. `--device {api}` takes it all the same; {WITHOUT}={api} saves trying it"
        ),
        _ => {}
    }
    description.trial = choice.trial;
    (device, description)
}

/// Refuses a training whose largest tensor the device cannot bind.
///
/// # Errors
///
/// The tensor by name, its size, and the device's limit.
pub fn check_fit(
    device: &DeviceDescription,
    recipe: &Recipe,
    classes: usize,
) -> Result<(), RunnerError> {
    let Some(limit) = device.max_binding_bytes else {
        return Ok(());
    };
    // At which whole images are scored, which is no smaller than that of training.
    let largest =
        recipe
            .model
            .largest_tensor(classes, recipe.train.batch_size, recipe.whole_size());
    if largest.bytes() <= limit {
        return Ok(());
    }
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Err(RunnerError::mend(
        format!(
            "{}: '{}' {:?} takes {:.0} MiB, expected at most {:.0} MiB, the largest that {} binds",
            recipe.model.name.as_str(),
            largest.name,
            largest.shape,
            mib(largest.bytes()),
            mib(limit),
            device.name
        ),
        "lower train.batch_size (and raise train.accumulate by as much), data.size (augment.crop.from) or model.width; or use `--device cpu`",
    ))
}

fn cpu(request: DeviceRequest) -> (Device, DeviceDescription) {
    let description = DeviceDescription {
        requested: request.to_string(),
        name: format!("CPU, {}", counted(rayon::current_num_threads(), "thread")),
        kind: "cpu".into(),
        instructions: Some(Level::current().to_string()),
        api: None,
        driver: None,
        max_binding_bytes: None,
        max_buffer_bytes: None,
        trial: None,
    };
    (Device::flex(), description)
}

fn describe(request: DeviceRequest, adapter: &Adapter) -> DeviceDescription {
    DeviceDescription {
        requested: request.to_string(),
        name: adapter.name.clone(),
        kind: adapter.kind.as_str().into(),
        instructions: None,
        api: Some(adapter.api.as_str().into()),
        driver: Some(adapter.driver.clone()),
        max_binding_bytes: Some(adapter.max_binding_bytes),
        max_buffer_bytes: Some(adapter.max_buffer_bytes),
        trial: None,
    }
}

/// Where nobody looked for adapters, after what was found.
fn missed(without: &[Api]) -> String {
    if without.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = without.iter().map(|api| api.as_str()).collect();
    format!(" ({WITHOUT} leaves out {})", names.join(", "))
}

fn absent(request: DeviceRequest, found: &[Adapter], without: &[Api]) -> RunnerError {
    let list = if found.is_empty() {
        "no graphics adapter at all".to_string()
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
    RunnerError::mend(
        format!(
            "`--device {request}`: expected such an adapter, found {list}{}",
            missed(without)
        ),
        help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_written() {
        for text in [
            "auto", "cpu", "gpu:1", "vulkan:0", "dx12:2", "metal:0", "software",
        ] {
            let request: DeviceRequest = text.parse().expect("a good request");
            assert_eq!(request.to_string(), text);
        }
        assert_eq!("gpu".parse(), Ok(DeviceRequest::Gpu(0)));
    }

    #[test]
    fn a_wrong_request_is_answered_with_the_right_ones() {
        for text in ["", "cuda", "gpu:", "gpu:x", "cpu:1", "software:0"] {
            let error = DeviceRequest::from_str(text).expect_err("a wrong request");
            assert!(error.contains("vulkan[:N]"), "{error}");
        }
    }

    #[test]
    fn a_network_too_large_for_the_adapter_is_refused_by_the_tensors_name() {
        let recipe = Recipe::load("bamsi", &[]).expect("an embedded recipe");
        let (_, mut device) = cpu(DeviceRequest::Cpu);
        check_fit(&device, &recipe, 6).expect("a CPU has no such limit");
        device.max_binding_bytes = Some(320 << 20);
        check_fit(&device, &recipe, 6).expect("just fits");
        device.max_binding_bytes = Some((320 << 20) - 1);
        let error = check_fit(&device, &recipe, 6)
            .expect_err("a byte too few")
            .to_string();
        for part in [
            "five maps joined",
            "[4, 320, 256, 256]",
            "320 MiB",
            "batch_size",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
}
