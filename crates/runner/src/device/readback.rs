//! Reads tensors back from the device.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::{ExecutionError, Tensor, TensorData, read_sync};

use crate::device::failure::{device_failure, without_places};
use crate::device::panics;
use crate::error::RunnerError;

type Data = Result<TensorData, ExecutionError>;

/// A requested copy of a tensor's numbers.
pub(crate) enum Readback {
    /// Still in flight.
    Pending(Pin<Box<dyn Future<Output = Data> + Send>>),
    /// Available at once, as on the CPU.
    Ready(Data),
}

impl Readback {
    /// Requests the numbers. A GPU copies them as soon as the work that is queued now is done, regardless of what is queued
    /// later.
    pub(crate) fn request<const D: usize>(tensor: Tensor<D>) -> Self {
        let mut data: Pin<Box<dyn Future<Output = Data> + Send>> =
            Box::pin(tensor.into_data_async());
        // A future does nothing before it is polled; this one sends its request at the first poll.
        match data.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(data) => Self::Ready(data),
            Poll::Pending => Self::Pending(data),
        }
    }

    /// Returns an error if the device has already refused an earlier operation, so that there is nothing to read.
    ///
    /// # Errors
    ///
    /// The device's error.
    pub(crate) fn accepted(self) -> Result<Self, RunnerError> {
        match self {
            Self::Ready(Err(error)) => Err(device_error(&error)),
            accepted => Ok(accepted),
        }
    }

    /// Waits for the numbers.
    ///
    /// # Errors
    ///
    /// The device's error.
    pub(crate) fn wait(self) -> Result<Vec<f32>, RunnerError> {
        let data = match self {
            Self::Pending(data) => read_sync(data),
            Self::Ready(data) => data,
        };
        let data = data.map_err(|error| device_error(&error))?;
        panics::check()?;
        data.try_to_vec::<f32>().map_err(|error| {
            RunnerError::bug(format!(
                "expected 32-bit numbers from the device, found {error}"
            ))
        })
    }
}

/// The device failed to return results.
pub(crate) fn device_error(error: &ExecutionError) -> RunnerError {
    // A panic on the device's own thread is the cause of what the others see.
    if let Err(error) = panics::check() {
        return error;
    }
    if let Some(error) = device_failure(&error.to_string()) {
        return error;
    }
    RunnerError::failed(
        format!(
            "the device could not answer: {}",
            without_places(&error.to_string())
        ),
        "on a GPU, try a smaller batch or size (memory), or `--device cpu`",
    )
}

/// Copies a tensor's numbers to the host, and waits for them.
///
/// # Errors
///
/// The device's error.
pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunnerError> {
    Readback::request(tensor).wait()
}
