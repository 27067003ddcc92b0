//! A panic on any thread becomes an error, and stops the command.
//!
//! A library may panic, and a device may do so on its own thread while the training thread continues without gradients. The hook
//! stores the message instead of printing it, and the training loop checks for it before every step.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::Mutex;

use crate::device::failure::{device_failure, without_places};
use crate::error::{FAULT, RunnerError};

static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// From here on, panics are stored, not printed.
pub fn keep() {
    set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let message = info
            .payload_as_str()
            .unwrap_or("a panic without a message")
            .to_string();
        let place = info.location().map_or_else(String::new, |place| {
            format!(" ({}:{})", place.file(), place.line())
        });
        tracing::debug!("panic: {message}{place}");
        if let Ok(mut first) = FIRST.lock() {
            first.get_or_insert(message);
        }
    }));
}

/// An error if any thread has panicked.
///
/// # Errors
///
/// The first panic's message.
pub fn check() -> Result<(), RunnerError> {
    match FIRST.lock().ok().and_then(|first| first.clone()) {
        Some(message) => Err(internal(&message)),
        None => Ok(()),
    }
}

/// Runs `work`; a panic inside it becomes an error.
///
/// # Errors
///
/// The error of `work`, or the panic.
pub fn caught<T>(work: impl FnOnce() -> Result<T, RunnerError>) -> Result<T, RunnerError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        check()?;
        Err(internal("a panic without a message"))
    })
}

fn internal(message: &str) -> RunnerError {
    // A size beyond any memory: the message of the standard library.
    if message.contains("capacity overflow") {
        return RunnerError::failed(
            "more memory was requested than is possible",
            "use a smaller batch, size or network",
        );
    }
    if let Some(error) = device_failure(message) {
        return error;
    }
    RunnerError::failed(
        format!("an operation failed: {}", without_places(message)),
        format!(
            "on a GPU, try a smaller batch or size (memory), or `--device cpu`; otherwise {FAULT}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_do_not_contain_paths_of_the_build() {
        for (words, kept) in [
            (
                "Expected float dtype, got I32 (/home/x/.cargo/registry/src/y/float.rs:286)",
                "Expected float dtype, got I32",
            ),
            (
                "out of memory\n  at src\\lib.rs:7\nbuffer 'x'",
                "out of memory\n  at\nbuffer 'x'",
            ),
            ("the number 63", "the number 63"),
        ] {
            assert_eq!(without_places(words), kept);
        }
        let error = internal("capacity overflow");
        assert!(error.message().contains("memory"), "{error}");
    }
}
