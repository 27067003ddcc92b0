//! The log on stderr.

use std::io::{self, Write, stderr};

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::EnvFilter;

use crate::error::RunnerError;
use crate::text::escaping::{bounded, escaped};

/// Environment variables with a filter of the log; the first that is not empty counts.
const FILTERS: [&str; 2] = ["SELVEDGE_LOG", "RUST_LOG"];

/// Most characters of a line of the log: enough for an epoch with more than a hundred classes.
const LONGEST_LINE: usize = 16_000;

/// Starts the log on stderr, with the filter of the environment, or else with the level of the flags.
///
/// # Errors
///
/// The filter cannot be read.
pub fn log(quiet: bool, verbose: u8) -> Result<(), RunnerError> {
    let level = match (quiet, verbose) {
        (true, _) => "warn",
        (false, 0) => "selvedge=info,warn",
        (false, 1) => "selvedge=debug,info",
        (false, _) => "debug",
    };
    let set = FILTERS
        .into_iter()
        .filter_map(|variable| Some((variable, std::env::var_os(variable)?)))
        .find(|(_, text)| !text.is_empty());
    let filter = match set {
        Some((variable, text)) => filter(variable, &text.to_string_lossy())?,
        None => EnvFilter::new(level),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Log)
        .with_ansi(AutoStream::choice(&stderr()) != ColorChoice::Never)
        .with_target(false)
        .without_time()
        .init();
    Ok(())
}

/// Writes the log to stderr while that is possible. A closed terminal, a closed pipe or a full disk must not stop the command.
struct Log;

impl Write for Log {
    /// Writes a whole line of the log.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let (text, end) = match text.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (&*text, ""),
        };
        // Escape sequences in messages are harmless by now; the remaining ones are colours.
        let text = escaped(text, |letter| letter == '\t' || letter == '\x1b');
        // Locked, so that the parts of a line stay together.
        let _ = write!(
            anstream::stderr().lock(),
            "{}{end}",
            bounded(&text, LONGEST_LINE)
        );
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn filter(variable: &str, text: &str) -> Result<EnvFilter, RunnerError> {
    EnvFilter::builder().parse(text).map_err(|error| {
        RunnerError::mismatch(
            "a filter of the log such as 'debug' or 'selvedge=debug,warn'",
            format!("'{text}': {error}"),
            format!("fix or unset the environment variable {variable}"),
        )
        .at(variable)
        .caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_refused_by_its_name() {
        for text in ["warn", "selvedge=debug,info", "off"] {
            filter("RUST_LOG", text).expect(text);
        }
        for text in ["selvedge=loud", "info,=,", "a[b=debug"] {
            let error = filter("RUST_LOG", text).expect_err(text).to_string();
            assert!(
                error.contains("RUST_LOG") && error.contains(text),
                "{error}"
            );
        }
    }
}
