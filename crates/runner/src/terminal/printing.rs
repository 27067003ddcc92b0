//! Answers on stdout, as JSON or in words.

use serde::Serialize;

use crate::error::RunnerError;
use crate::terminal::streams;
use crate::text::escaping::{escaped_json, printable};

/// Prints an answer as one JSON object, or in words.
pub(crate) fn answer(
    json: bool,
    value: &impl Serialize,
    words: impl FnOnce() -> String,
) -> Result<(), RunnerError> {
    if !json {
        return print(&words());
    }
    let text = serde_json::to_string(value).map_err(|error| RunnerError::bug(error))?;
    streams::print(&(escaped_json(&text) + "\n"))
}

/// Prints an answer in words, among which may be names out of files.
pub(crate) fn print(text: &str) -> Result<(), RunnerError> {
    streams::print(&printable(text))
}
