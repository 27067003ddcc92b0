//! Results on stdout, as JSON or as text.

use serde::Serialize;

use crate::error::RunnerError;
use crate::terminal::streams;
use crate::text::escaping::{escaped_json, printable};

/// Prints a result as one JSON object, or as text.
pub(crate) fn answer(
    json: bool,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> Result<(), RunnerError> {
    if !json {
        return print(&text());
    }
    let text = serde_json::to_string(value).map_err(|error| RunnerError::bug(error))?;
    streams::print(&(escaped_json(&text) + "\n"))
}

/// Prints text, which may contain names from files.
pub(crate) fn print(text: &str) -> Result<(), RunnerError> {
    streams::print(&printable(text))
}
