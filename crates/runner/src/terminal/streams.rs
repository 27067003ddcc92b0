//! Writes to stdout and stderr.

use std::io::{self, Write, stderr, stdout};

use crate::error::RunnerError;

/// Writes to stderr; ignores failures.
pub fn say(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// Writes to stdout. A closed pipe (`| head`) is not an error.
///
/// # Errors
///
/// Any other failure.
pub(crate) fn print(text: &str) -> Result<(), RunnerError> {
    let mut stream = stdout().lock();
    let written = stream.write_all(text.as_bytes());
    printed(written.and_then(|()| stream.flush()))
}

fn printed(written: io::Result<()>) -> Result<(), RunnerError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(RunnerError::failed(
            format!("stdout: {error}"),
            "check where the output goes",
        )),
        _ => Ok(()),
    }
}

/// Prints the output of the command line's parser: help and versions on stdout, errors on stderr.
///
/// # Errors
///
/// Help could not be printed.
pub fn answer(said: &clap::Error) -> Result<(), RunnerError> {
    let written = said.print().and_then(|()| stdout().flush());
    if said.use_stderr() {
        return Ok(());
    }
    printed(written)
}
