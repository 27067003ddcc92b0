//! Numbers on their way from the device.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::{ExecutionError, Tensor, TensorData, read_sync};

use crate::device::panics;
use crate::error::RunnerError;

type Data = Result<TensorData, ExecutionError>;

/// A tensor's numbers, asked for and not yet waited for.
pub(crate) enum Readback {
    /// Still to come.
    Coming(Pin<Box<dyn Future<Output = Data> + Send>>),
    /// There at once, as on the CPU.
    There(Data),
}

impl Readback {
    /// Asks for the numbers. On a GPU they are copied as soon as the work that is in the queue now is done, whatever is put
    /// there later.
    pub(crate) fn request<const D: usize>(tensor: Tensor<D>) -> Self {
        let mut data: Pin<Box<dyn Future<Output = Data> + Send>> =
            Box::pin(tensor.into_data_async());
        // A future does nothing before it is polled, and this one asks the device at its first poll.
        match data.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(data) => Self::There(data),
            Poll::Pending => Self::Coming(data),
        }
    }

    /// An error if the device has already refused: an operation before did not begin, so that there is nothing to read.
    ///
    /// # Errors
    ///
    /// The device's own words.
    pub(crate) fn accepted(self) -> Result<Self, RunnerError> {
        match self {
            Self::There(Err(error)) => Err(unanswered(&error)),
            accepted => Ok(accepted),
        }
    }

    /// Waits for the numbers.
    ///
    /// # Errors
    ///
    /// The device's own words.
    pub(crate) fn wait(self) -> Result<Vec<f32>, RunnerError> {
        let data = match self {
            Self::Coming(data) => read_sync(data),
            Self::There(data) => data,
        };
        let data = data.map_err(|error| unanswered(&error))?;
        panics::check()?;
        data.try_to_vec::<f32>().map_err(|error| {
            RunnerError::bug(format!(
                "expected 32-bit numbers from the device, found {error}"
            ))
        })
    }
}

fn unanswered(error: &ExecutionError) -> RunnerError {
    RunnerError::failed(
        format!(
            "the device could not answer: {}",
            panics::without_places(&error.to_string())
        ),
        "on a GPU, try a smaller batch or size (memory), or `--device cpu`",
    )
}

/// Brings a tensor's numbers to the host.
///
/// # Errors
///
/// The device's own words.
pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunnerError> {
    Readback::request(tensor).wait()
}
