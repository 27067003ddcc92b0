//! The graphics adapters of this machine, and opening a device on one of them.

pub(crate) mod api;
pub(crate) mod excluded_apis;
pub(crate) mod noop;

use std::error::Error;
use std::fmt;

use burn::cubecl::future::block_on;
use burn::tensor::wgpu::{WgpuBackend, WgpuInitError, wgpu};
use burn::tensor::{Device, DeviceKind};

use self::api::Api;
use self::excluded_apis::{UnknownApi, excluded_apis};

/// The APIs that are searched for adapters, best first: those whose kernels are plain WGSL.
const APIS: [(wgpu::Backend, WgpuBackend, Api); 3] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan, Api::Vulkan),
    (wgpu::Backend::Metal, WgpuBackend::Metal, Api::Metal),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12, Api::Dx12),
];

/// The hardware of an adapter, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// Part of a GPU, assigned to a virtual machine.
    Virtual,
    /// No GPU: the CPU emulates one (lavapipe, WARP).
    Software,
}

impl AdapterKind {
    /// The kind as messages name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Software => "software adapter",
        }
    }
}

/// An adapter as one graphics API reports it, with the limits that decide what fits on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// The adapter's name as its driver gives it.
    pub name: String,
    /// Name and version of the driver.
    pub driver: String,
    /// The API that reports it.
    pub api: Api,
    /// What kind of adapter.
    pub kind: AdapterKind,
    /// Largest buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Largest part of a buffer that a kernel can bind, in bytes.
    pub max_binding_bytes: u64,
    /// Most invocations of one workgroup.
    pub max_invocations: u32,
    /// Memory that the invocations of a workgroup share, in bytes.
    pub workgroup_bytes: u32,
    /// Most workgroups along one axis of a dispatch.
    pub max_workgroups: u32,
    /// Whether it computes with 16-bit floats, which mixed precision needs.
    pub half_precision: bool,
    /// Index among the adapters of this kind on this API.
    index: usize,
}

/// Every adapter that can run kernels: discrete, integrated, virtual, then software adapters, and within a kind in the order of
/// the APIs. An adapter that two APIs report is listed twice. The library of an API that is [excluded](excluded_apis) is not even
/// loaded.
///
/// # Errors
///
/// When the list of excluded APIs contains an unknown name; then no API was used.
pub fn adapters() -> Result<Vec<Adapter>, UnknownApi> {
    let excluded = excluded_apis()?;
    let mut found = Vec::new();
    for (backend, _, api) in APIS {
        let built_in = wgpu::Instance::enabled_backend_features().contains(backend.into());
        if !built_in || excluded.contains(&api) {
            continue;
        }
        // An instance of this API alone.
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: backend.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        for adapter in block_on(instance.enumerate_adapters(backend.into())) {
            let info = adapter.get_info();
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
                wgpu::DeviceType::Other => continue,
            };
            let limits = adapter.limits();
            let index = found
                .iter()
                .filter(|other: &&Adapter| other.api == api && other.kind == kind)
                .count();
            found.push(Adapter {
                name: info.name,
                driver: format!("{} {}", info.driver, info.driver_info)
                    .trim()
                    .to_string(),
                api,
                kind,
                max_buffer_bytes: limits.max_buffer_size,
                max_binding_bytes: limits.max_storage_buffer_binding_size,
                max_invocations: limits.max_compute_invocations_per_workgroup,
                workgroup_bytes: limits.max_compute_workgroup_storage_size,
                max_workgroups: limits.max_compute_workgroups_per_dimension,
                half_precision: adapter.features().contains(wgpu::Features::SHADER_F16),
                index,
            });
        }
    }
    found.sort_by_key(|adapter| adapter.kind);
    Ok(found)
}

impl Adapter {
    /// Opens a device on this adapter; its kernels are WGSL. At most once per process and adapter.
    ///
    /// No other API is used: pinned to one, wgpu's runtime creates an instance of it alone and lists only its adapters.
    ///
    /// # Errors
    ///
    /// When the driver refuses.
    pub fn open(&self) -> Result<Device, OpenError> {
        let kind = match self.kind {
            AdapterKind::Discrete => DeviceKind::DiscreteGpu(self.index),
            AdapterKind::Integrated => DeviceKind::IntegratedGpu(self.index),
            AdapterKind::Virtual => DeviceKind::VirtualGpu(self.index),
            AdapterKind::Software => DeviceKind::Cpu,
        };
        let backend = APIS
            .into_iter()
            .find_map(|(_, backend, api)| (api == self.api).then_some(backend))
            .expect("every API is in the list");
        Device::wgpu_options()
            .device_kind(kind)
            .graphics_api(backend)
            .init()
            .map_err(OpenError)
    }
}

/// Why an adapter did not open, in the driver's own words.
#[derive(Debug)]
pub struct OpenError(pub(crate) WgpuInitError);

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
