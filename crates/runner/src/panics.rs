//! Panics, wherever they happen, become an error and a stop.
//!
//! A library may panic, and a device may do so on a thread of its own while the training thread goes on with gradients
//! missing. The hook keeps the words instead of printing them, and the training loop asks before every step.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::Mutex;

use crate::error::RunnerError;

static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// From here on panics are kept, not printed.
pub fn keep() {
    set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let words = info
            .payload_as_str()
            .unwrap_or("a panic without words")
            .to_string();
        let place = info.location().map_or_else(String::new, |place| {
            format!(" ({}:{})", place.file(), place.line())
        });
        tracing::debug!("panic: {words}{place}");
        if let Ok(mut first) = FIRST.lock() {
            first.get_or_insert(format!("{words}{place}"));
        }
    }));
}

/// An error if any thread has panicked.
///
/// # Errors
///
/// The first panic's words and place.
pub fn check() -> Result<(), RunnerError> {
    match FIRST.lock().ok().and_then(|first| first.clone()) {
        Some(words) => Err(internal(&words)),
        None => Ok(()),
    }
}

/// Runs `work`; a panic inside it becomes an error.
///
/// # Errors
///
/// Those of `work`, or the panic.
pub fn caught<T>(work: impl FnOnce() -> Result<T, RunnerError>) -> Result<T, RunnerError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        check()?;
        Err(internal("a panic without words"))
    })
}

fn internal(words: &str) -> RunnerError {
    RunnerError::failed(
        format!("an operation failed: {words}"),
        "what was saved before is whole. On a GPU, try a smaller batch or size (memory), or `--device cpu`; \
         otherwise this is a fault of the program: please report it with the command and the recipe",
    )
}
