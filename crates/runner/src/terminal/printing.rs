//! Results on stdout, as JSON or as text.

use serde::Serialize;

use crate::error::RunnerError;
use crate::terminal::streams;
use crate::text::escaping::{escaped_json, printable};

/// Prints a result as one JSON object, or as text.
pub(crate) fn print_result(
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<(), RunnerError> {
    if !json {
        return print_text(&text());
    }
    let text = serde_json::to_string(value).map_err(RunnerError::bug)?;
    streams::write_stdout(&(escaped_json(&text) + "\n"))
}

/// Prints text, which may contain names from files.
pub(crate) fn print_text(text: &str) -> Result<(), RunnerError> {
    streams::write_stdout(&printable(text))
}
