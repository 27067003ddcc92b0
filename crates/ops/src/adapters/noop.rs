//! An adapter that computes nothing: wgpu's own, which accepts all work and drops it. What a step takes there is the price of the
//! program and its libraries.

use burn::cubecl::future::block_on;
use burn::tensor::Device;
use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};

use crate::adapters::OpenError;

/// The name of this adapter.
pub(crate) const NOOP: &str = "noop wgpu backend";

/// Opens a device on the adapter that computes nothing, with the limits and features of a common GPU. Its kernels are those of
/// GPUs; whatever is read from it is zeros or old data.
///
/// # Errors
///
/// When wgpu refuses.
pub fn open_noop() -> Result<Device, OpenError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::NOOP;
    descriptor.backend_options.noop = wgpu::NoopBackendOptions {
        enable: true,
        limits: Some(wgpu::Limits {
            max_buffer_size: 1 << 31,
            max_storage_buffer_binding_size: (1 << 31) - 4,
            max_storage_buffers_per_shader_stage: 16,
            ..wgpu::Limits::default()
        }),
        features: Some(wgpu::Features::empty()),
        ..wgpu::NoopBackendOptions::default()
    };
    let instance = wgpu::Instance::new(descriptor);
    let refused = |message: String| OpenError(WgpuInitError::RequestDevice { message });
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))
        .map_err(|error| refused(error.to_string()))?;
    // As Burn opens every other adapter.
    let opened = adapter.request_device(&wgpu::DeviceDescriptor {
        required_features: adapter.features(),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..wgpu::DeviceDescriptor::default()
    });
    let (device, queue) = block_on(opened).map_err(|error| refused(error.to_string()))?;
    let setup = WgpuSetup {
        backend: adapter.get_info().backend,
        instance,
        adapter,
        device,
        queue,
    };
    Device::wgpu_options()
        .setup(setup)
        .init()
        .map_err(OpenError)
}
