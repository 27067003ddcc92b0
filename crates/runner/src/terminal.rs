//! What reaches the terminal: colours or none, and which of the program's words.
//!
//! The streams that clap writes to and those of the log are of one kind, which knows `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`
//! and `TERM`, and makes a Windows console understand colours or leaves them out. Bars and errors have none.

mod fit;

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write, stderr, stdout};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use data::counted;
use tracing_subscriber::EnvFilter;

use crate::cli::Said;
use crate::error::RunnerError;

pub(crate) use fit::fitted;
pub use fit::width;

/// Where a filter of the log may stand, the first that is set and not empty.
const FILTERS: [&str; 2] = ["SELVEDGE_LOG", "RUST_LOG"];

/// Letters of a line of the log: those of an epoch with a hundred classes, and more.
const LONGEST_LINE: usize = 16_000;

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
pub fn choose_colours(arguments: &[OsString]) {
    let choice = match asked(arguments) {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// The last `--color` that makes sense; parsing refuses one that does not.
fn asked(arguments: &[OsString]) -> Colour {
    let mut found = Colour::Auto;
    let mut arguments = arguments.iter().map(|argument| argument.to_str());
    while let Some(argument) = arguments.next().filter(|argument| *argument != Some("--")) {
        let named = match argument {
            Some("--color") => arguments.next().flatten(),
            Some(text) => text.strip_prefix("--color="),
            None => None,
        };
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
        .with_writer(|| Log)
        .with_ansi(AutoStream::choice(&stderr()) != ColorChoice::Never)
        .with_target(false)
        .without_time()
        .init();
    Ok(())
}

/// Where the log goes: stderr, for as long as it can be written. A terminal that has been closed, a reader that has had enough
/// or a full disk is no reason to stop what was begun.
struct Log;

impl Write for Log {
    /// Takes a whole line of the log.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let (text, end) = match text.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (&*text, ""),
        };
        // Escapes in what is said have been made harmless by then; those that are left are colours.
        let text = escaped(text, |letter| letter == '\t' || letter == '\x1b');
        // Locked, so that the pieces of a line stay together.
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

/// Writes to stderr, if that can be written.
pub fn say(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// Writes to stdout. A reader that has had enough (`| head`) is no error.
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

/// Prints what the parser of the command line has to say: help and versions on stdout, refusals on stderr.
///
/// # Errors
///
/// Help could not be printed.
pub fn answer(said: &Said) -> Result<(), RunnerError> {
    let text = said.text.as_bytes();
    if said.is_refusal {
        let _ = anstream::stderr().lock().write_all(text);
        return Ok(());
    }
    let mut stream = anstream::stdout().lock();
    let written = stream.write_all(text);
    printed(written.and_then(|()| stream.flush()))
}

/// Text as a terminal may show it. Names in files can hold control characters, which move the cursor and name the window, and
/// those that turn the direction of writing; they become visible here. Ends of lines stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter == '\n' || letter == '\t')
}

/// Whether a terminal may do something else at this character than show it.
pub(crate) fn is_harmful(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let harmful = |letter: char| is_harmful(letter) && !stays(letter);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if harmful(letter) {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}

/// JSON as a terminal may show it: what JSON itself need not escape is still a control character there.
pub(crate) fn escaped_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if ('\x7f'..='\u{9f}').contains(&letter) {
            write!(safe, "\\u{:04x}", u32::from(letter)).expect("a String takes everything");
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// The beginning of a text that is longer than anyone reads, and how much is left out.
pub(crate) fn bounded(text: &str, letters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(letters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let left = text[end..].chars().count();
            let left = counted(left, "more character");
            Cow::Owned(format!("{} … ({left})", &text[..end]))
        }
    }
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
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(asked(&words), expected, "{line}");
        }
    }

    #[test]
    fn control_characters_become_visible_and_texts_end() {
        for (text, shown) in [
            ("burn 2a, σ = 1\n\tnext", "burn 2a, σ = 1\n\tnext"),
            ("\x1b]0;OWNED\x07", "\\u{1b}]0;OWNED\\u{7}"),
            ("a\rb\u{9b}2J\u{202e}c", "a\\rb\\u{9b}2J\\u{202e}c"),
        ] {
            assert_eq!(printable(text), shown);
        }
        assert_eq!(escaped_json("\"a\u{9b}σ\x7f\""), "\"a\\u009bσ\\u007f\"");
        assert_eq!(bounded("σσσ", 3), "σσσ");
        assert_eq!(bounded("σσσσσ", 3), "σσσ … (2 more characters)");
        assert_eq!(bounded("σσσσ", 3), "σσσ … (1 more character)");
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
