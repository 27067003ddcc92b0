//! What reaches the terminal: colours or none, and which of the program's words.
//!
//! The streams that clap writes to and those of the log are of one kind, which knows `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`
//! and `TERM`, and makes a Windows console understand colours or leaves them out. Bars and errors have none.

use std::ffi::{OsStr, OsString};
use std::io::stderr;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::error::RunnerError;

/// Where a filter of the log may stand, the first that is set and not empty.
const FILTERS: [&str; 2] = ["SELVEDGE_LOG", "RUST_LOG"];

/// When the program's words have colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Heeds `--color` among a program's arguments, before they are parsed: what is said of wrong ones has colours, too.
pub fn choose_colours(arguments: impl IntoIterator<Item = OsString>) {
    let choice = match asked(arguments) {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// The last `--color` that makes sense; parsing refuses one that does not.
fn asked(arguments: impl IntoIterator<Item = OsString>) -> Colour {
    let mut found = Colour::Auto;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        let value = match argument.to_str() {
            Some("--color") => arguments.next(),
            Some(text) => text.strip_prefix("--color=").map(OsString::from),
            None => None,
        };
        let named = value.as_deref().and_then(OsStr::to_str);
        found = named
            .and_then(|name| Colour::from_str(name, false).ok())
            .unwrap_or(found);
    }
    found
}

/// Begins to write the log to stderr: as a filter in the environment says, or else as loud as the flags.
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
        // Locked, so that the pieces of a line stay together.
        .with_writer(|| anstream::stderr().lock())
        .with_ansi(AutoStream::choice(&stderr()) != ColorChoice::Never)
        .with_target(false)
        .without_time()
        .init();
    Ok(())
}

fn filter(variable: &str, text: &str) -> Result<EnvFilter, RunnerError> {
    EnvFilter::builder().parse(text).map_err(|error| {
        RunnerError::mend(
            format!(
                "{variable}: expected a filter of the log such as 'debug' or 'selvedge=debug,warn', found '{text}': {error}"
            ),
            format!("mend or unset the environment variable {variable}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_that_the_command_line_asks_for() {
        for (line, expected) in [
            ("selvedge train smoke", Colour::Auto),
            ("selvedge --color never train", Colour::Never),
            ("selvedge train --color=always", Colour::Always),
            ("selvedge --color always train --color never", Colour::Never),
            ("selvedge --color loud", Colour::Auto),
            ("selvedge --color", Colour::Auto),
            ("selvedge predict -- --color=always", Colour::Auto),
        ] {
            let words = line.split(' ').map(OsString::from);
            assert_eq!(asked(words), expected, "{line}");
        }
    }

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
