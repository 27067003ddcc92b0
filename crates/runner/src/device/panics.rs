//! Panics, wherever they happen, become an error and a stop.
//!
//! A library may panic, and a device may do so on a thread of its own while the training thread goes on with gradients
//! missing. The hook keeps the words instead of printing them, and the training loop asks before every step.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::Mutex;

use crate::error::{FAULT, RunnerError};

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
            first.get_or_insert(words);
        }
    }));
}

/// An error if any thread has panicked.
///
/// # Errors
///
/// The first panic's words.
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
    // A size that no memory has, told by the standard library in its own words.
    if words.contains("capacity overflow") {
        return RunnerError::failed(
            "more memory was asked for than there can be",
            "take a smaller batch, size or network",
        );
    }
    RunnerError::failed(
        format!("an operation failed: {}", without_places(words)),
        format!(
            "on a GPU, try a smaller batch or size (memory), or `--device cpu`; otherwise {FAULT}"
        ),
    )
}

/// A library's words without files of source code, which say something to developers alone; the log has them.
pub(crate) fn without_places(words: &str) -> String {
    let is_place = |word: &&str| {
        let word = word.replace('\\', "/");
        word.contains(".rs:") || word.contains("/registry/src/") || word.contains("/rustc/")
    };
    let lines = words.lines().map(|line| {
        let kept: Vec<&str> = line.split(' ').filter(|word| !is_place(word)).collect();
        kept.join(" ")
    });
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_of_the_build_is_in_a_message() {
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
        assert!(error.message.contains("memory"), "{error}");
    }
}
