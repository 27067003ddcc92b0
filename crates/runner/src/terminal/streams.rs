//! Writes to stdout and stderr.

use std::io::{self, Write, stderr, stdout};

use crate::error::RunnerError;

/// A message of the command line's parser, which ends the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParserMessage {
    /// With escape sequences for colours.
    pub text: String,
    /// Whether it is an error, which goes to stderr; otherwise help or a version.
    pub is_error: bool,
    /// The program's exit code.
    pub exit_code: u8,
}

/// Writes to stderr; ignores failures.
pub fn write_stderr(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// Writes to stdout. A closed pipe (`| head`) is not an error.
///
/// # Errors
///
/// Any other failure.
pub(crate) fn write_stdout(text: &str) -> Result<(), RunnerError> {
    let mut stream = stdout().lock();
    let written = stream.write_all(text.as_bytes());
    printed(written.and_then(|()| stream.flush()))
}

fn printed(written: io::Result<()>) -> Result<(), RunnerError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(RunnerError::failed(
            error.to_string(),
            "check where the output goes",
        )
        .at("stdout")
        .caused_by(error)),
        _ => Ok(()),
    }
}

/// Prints the output of the command line's parser: help and versions on stdout, errors on stderr.
///
/// # Errors
///
/// Help could not be printed.
pub fn print_parser_message(message: &ParserMessage) -> Result<(), RunnerError> {
    let text = message.text.as_bytes();
    if message.is_error {
        let _ = anstream::stderr().lock().write_all(text);
        return Ok(());
    }
    let mut stream = anstream::stdout().lock();
    let written = stream.write_all(text);
    printed(written.and_then(|()| stream.flush()))
}
