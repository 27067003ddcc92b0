//! Parses the command line, and makes the parser's messages safe for a terminal: help, versions, and errors that quote arguments.
//!
//! Arguments may contain anything, and a terminal obeys control characters. If there are any, the parser gets a copy of the
//! arguments with a harmless letter in place of each, so that its message is the same; in the message these letters become
//! escapes. The remaining control characters are the parser's own colours and line ends.

use std::char;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{CommandFactory, Error, Parser};

use crate::cli::Cli;
use crate::terminal::fit::fitted;
use crate::terminal::streams::ParserMessage;
use crate::text::escaping::is_harmful;

/// Private-use characters, which no font and no keyboard has: the first of those for characters, and of those for bytes.
const LETTERS: u32 = 0xF_0000;
const BYTES: u32 = 0x10_0000;

/// The message of a parser that got harmless letters.
fn message(error: &Error, width: Option<usize>) -> ParserMessage {
    let mut text = escaped(&error.render().ansi().to_string());
    // Programs read versions by line.
    if let Some(width) = width.filter(|_| error.kind() != ErrorKind::DisplayVersion) {
        text = fitted(&text, width);
    }
    ParserMessage {
        text,
        is_error: error.use_stderr(),
        exit_code: u8::try_from(error.exit_code()).unwrap_or(2),
    }
}

impl Cli {
    /// Parses the program's arguments, the first of which is its name. The parser's messages fit a terminal of `width` columns, if
    /// that is known, and are safe for it.
    ///
    /// # Errors
    ///
    /// The parser's message: help, a version, or an error.
    pub fn parse_arguments(
        arguments: &[OsString],
        width: Option<usize>,
    ) -> Result<Self, ParserMessage> {
        Self::try_parse_from(arguments)
            .map_err(|error| message(&with_harmless_letters(error, arguments), width))
    }
}

/// The same error, for arguments with harmless letters.
fn with_harmless_letters(error: Error, arguments: &[OsString]) -> Error {
    let harmless: Vec<String> = arguments.iter().map(|word| with_stand_ins(word)).collect();
    if harmless
        .iter()
        .zip(arguments)
        .all(|(word, argument)| OsStr::new(word) == argument)
    {
        return error;
    }
    if error.kind() == ErrorKind::InvalidUtf8 {
        let pairs = arguments.iter().zip(&harmless);
        let found = pairs.filter(|(argument, _)| argument.to_str().is_none());
        let found: Vec<String> = found.map(|(_, word)| format!("'{word}'")).collect();
        let message = format!(
            "expected text in UTF-8, found other bytes in {}; only names of files may contain such bytes",
            found.join(", ")
        );
        return Cli::command().error(ErrorKind::InvalidUtf8, message);
    }
    let again = Cli::try_parse_from(harmless).err();
    let same = again.filter(|again| again.kind() == error.kind());
    // Without quoting the arguments.
    same.unwrap_or_else(|| Error::new(error.kind()).with_cmd(&Cli::command()))
}

/// An argument with a private-use character for every character that is harmful to a terminal, and for every byte that is not
/// text.
fn with_stand_ins(argument: &OsStr) -> String {
    let stand_in = |code: u32| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut harmless = String::new();
    for part in argument.as_encoded_bytes().utf8_chunks() {
        harmless.extend(part.valid().chars().map(|letter| {
            if is_harmful(letter) {
                stand_in(LETTERS + u32::from(letter))
            } else {
                letter
            }
        }));
        let bytes = part.invalid().iter();
        harmless.extend(bytes.map(|byte| stand_in(BYTES + u32::from(*byte))));
    }
    harmless
}

/// Text with an escape for each of our private-use characters.
fn escaped(text: &str) -> String {
    let stood_for = |letter: char| {
        let code = u32::from(letter).checked_sub(LETTERS)?;
        char::from_u32(code).filter(|letter| is_harmful(*letter))
    };
    let byte = |letter: char| u8::try_from(u32::from(letter).checked_sub(BYTES)?).ok();
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if let Some(harmful) = stood_for(letter) {
            shown.extend(harmful.escape_default());
        } else if let Some(byte) = byte(letter) {
            write!(shown, "\\x{byte:02x}").expect("a String takes everything");
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    /// The message on a line of arguments, without colours.
    fn message_on(arguments: &[OsString]) -> String {
        let message = Cli::parse_arguments(arguments, None).expect_err("a message");
        let plain = strip_str(&message.text).to_string();
        // Only colours, all of which end in `m`, were removed.
        let escapes = message.text.matches('\x1b').count();
        assert_eq!(escapes, message.text.matches("\x1b[").count(), "{plain}");
        let own = |letter: &char| !is_harmful(*letter) || *letter == '\n';
        assert!(plain.chars().all(|letter| own(&letter)), "{plain:?}");
        plain
    }

    #[test]
    fn control_characters_in_arguments_are_printed_as_escapes() {
        for (words, expected) in [
            (&["train", "--\x1b[2J"][..], "'--\\u{1b}[2J' found"),
            (&["train", "--\x1b[2J"], "use '-- --\\u{1b}[2J'"),
            (&["train", "-\u{9b}2J"], "'-\\u{9b}' found"),
            (&["tr\r\u{202e}ain"], "'tr\\r\\u{202e}ain'"),
            (&["train", "a", "b\nerror: done"], "'b\\nerror: done' found"),
            (
                &["--color", "a\x07\tb", "doctor"],
                "'a\\u{7}\\tb' for '--color <WHEN>'",
            ),
            (&["train", "--epochs", "3\n4"], "invalid value '3\\n4'"),
            (
                &["doctor", "--device", "gpu\x1b]0;OWNED\x07"],
                "gpu\\u{1b}]0;OWNED\\u{7}",
            ),
            (&["help", "\x1b[2J"], "\\u{1b}[2J"),
        ] {
            let words: Vec<OsString> = ["selvedge"].iter().chain(words).map(Into::into).collect();
            let plain = message_on(&words);
            assert!(plain.contains(expected), "{expected} in: {plain}");
        }
        let named = ["sel\x1b[2Jvedge", "train", "--help"].map(OsString::from);
        assert!(message_on(&named).contains("Usage: sel\\u{1b}[2Jvedge train"));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_text_are_printed_as_escapes() {
        use std::os::unix::ffi::OsStringExt;

        for (argument, expected) in [
            (&b"--a\xff"[..], "unexpected argument '--a\\xff' found"),
            (
                b"--set=a\xff\n=1",
                "expected text in UTF-8, found other bytes in '--set=a\\xff\\n=1'",
            ),
        ] {
            let argument = OsString::from_vec(argument.to_vec());
            let plain = message_on(&["selvedge".into(), "train".into(), argument]);
            assert!(plain.contains(expected), "{expected} in: {plain}");
        }
        let path = OsString::from_vec(b"a \xff run".to_vec());
        Cli::parse_arguments(&["selvedge".into(), "evaluate".into(), path], None)
            .expect("a path of any bytes");
    }

    #[test]
    fn errors_on_harmless_arguments_are_the_parsers_own() {
        let words = ["selvedge", "train", "--epochs", "many"].map(OsString::from);
        let own = Cli::try_parse_from(&words).expect_err("no number");
        let message = Cli::parse_arguments(&words, None).expect_err("no number");
        assert_eq!(message.text, own.render().ansi().to_string());
        assert_eq!((message.exit_code, message.is_error), (2, true));
    }
}
