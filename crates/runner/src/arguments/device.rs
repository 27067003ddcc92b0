//! `--device`.

use clap::Args;

use crate::device::request::DeviceRequest;

/// The device of a command.
#[derive(Debug, Args)]
pub struct DeviceArgument {
    /// The device.
    #[arg(
        long,
        default_value = "auto",
        value_name = "DEVICE",
        help = "auto, cpu, gpu, gpu:N, vulkan[:N], metal[:N], dx12[:N] or software"
    )]
    pub device: DeviceRequest,
}
