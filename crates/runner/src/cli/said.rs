//! What the parser of the command line has to say: help and versions, and refusals that quote arguments.
//!
//! Arguments may hold anything, and a terminal obeys control characters. Of arguments that hold any the parser is given a copy
//! with a harmless letter in the place of each, so that it says the same of them; in its words these letters become escapes.
//! Control characters that are left are the parser's own colours and ends of lines.

use std::char;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{CommandFactory, Error, Parser};

use super::Cli;
use crate::terminal::{fitted, is_harmful};

/// Private letters, which no font and no keyboard has: the first of those that stand for letters, and of those for bytes.
const LETTERS: u32 = 0xF_0000;
const BYTES: u32 = 0x10_0000;

/// Words of the parser, which end the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// With escapes for colours.
    pub text: String,
    /// Whether it is a refusal, which goes to stderr.
    pub is_refusal: bool,
    /// What the program ends with.
    pub exit_code: u8,
}

impl Said {
    /// The words of a parser that was given harmless letters.
    fn of(error: &Error, width: Option<usize>) -> Self {
        let mut text = visible(&error.render().ansi().to_string());
        // Programs read versions by line.
        if let Some(width) = width.filter(|_| error.kind() != ErrorKind::DisplayVersion) {
            text = fitted(&text, width);
        }
        Self {
            text,
            is_refusal: error.use_stderr(),
            exit_code: u8::try_from(error.exit_code()).unwrap_or(2),
        }
    }
}

impl Cli {
    /// Parses the program's arguments, the first of which is its name. What is said of them fits a terminal of `width` columns,
    /// if that is known, and is harmless to it.
    ///
    /// # Errors
    ///
    /// The parser's words, in place of something to do.
    pub fn of(arguments: &[OsString], width: Option<usize>) -> Result<Self, Said> {
        Self::try_parse_from(arguments).map_err(|error| Said::of(&tame(error, arguments), width))
    }
}

/// The same error as said of arguments with harmless letters.
fn tame(error: Error, arguments: &[OsString]) -> Error {
    let harmless: Vec<String> = arguments.iter().map(|word| with_stand_ins(word)).collect();
    if harmless
        .iter()
        .zip(arguments)
        .all(|(word, of)| OsStr::new(word) == of)
    {
        return error;
    }
    if error.kind() == ErrorKind::InvalidUtf8 {
        let of = arguments.iter().zip(&harmless);
        let found = of.filter(|(argument, _)| argument.to_str().is_none());
        let found: Vec<String> = found.map(|(_, word)| format!("'{word}'")).collect();
        let message = format!(
            "expected text in UTF-8, found other bytes in {}; only names of files may hold such bytes",
            found.join(", ")
        );
        return Cli::command().error(ErrorKind::InvalidUtf8, message);
    }
    let again = Cli::try_parse_from(harmless).err();
    let same = again.filter(|again| again.kind() == error.kind());
    // Without a word of the arguments.
    same.unwrap_or_else(|| Error::new(error.kind()).with_cmd(&Cli::command()))
}

/// An argument with a letter of ours for every character that would harm a terminal, and for every byte that is no text.
fn with_stand_ins(argument: &OsStr) -> String {
    let stand_in = |of: u32| char::from_u32(of).unwrap_or(char::REPLACEMENT_CHARACTER);
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

/// Text with an escape for each of our letters.
fn visible(text: &str) -> String {
    let stood_for = |letter: char| {
        let of = u32::from(letter).checked_sub(LETTERS)?;
        char::from_u32(of).filter(|of| is_harmful(*of))
    };
    let byte = |letter: char| u8::try_from(u32::from(letter).checked_sub(BYTES)?).ok();
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if let Some(of) = stood_for(letter) {
            shown.extend(of.escape_default());
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

    /// What is said of a line of arguments, without colours.
    fn said(arguments: &[OsString]) -> String {
        let said = Cli::of(arguments, None).expect_err("something to say");
        let plain = strip_str(&said.text).to_string();
        // Nothing but colours, all of which end in `m`, has been taken out.
        let escapes = said.text.matches('\x1b').count();
        assert_eq!(escapes, said.text.matches("\x1b[").count(), "{plain}");
        let own = |letter: &char| !is_harmful(*letter) || *letter == '\n';
        assert!(plain.chars().all(|letter| own(&letter)), "{plain:?}");
        plain
    }

    #[test]
    fn control_characters_in_arguments_are_said_as_escapes() {
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
            let plain = said(&words);
            assert!(plain.contains(expected), "{expected} in: {plain}");
        }
        let named = ["sel\x1b[2Jvedge", "train", "--help"].map(OsString::from);
        assert!(said(&named).contains("Usage: sel\\u{1b}[2Jvedge train"));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_said_as_escapes() {
        use std::os::unix::ffi::OsStringExt;

        for (argument, expected) in [
            (&b"--a\xff"[..], "unexpected argument '--a\\xff' found"),
            (
                b"--set=a\xff\n=1",
                "expected text in UTF-8, found other bytes in '--set=a\\xff\\n=1'",
            ),
        ] {
            let argument = OsString::from_vec(argument.to_vec());
            let plain = said(&["selvedge".into(), "train".into(), argument]);
            assert!(plain.contains(expected), "{expected} in: {plain}");
        }
        let path = OsString::from_vec(b"a \xff run".to_vec());
        Cli::of(&["selvedge".into(), "evaluate".into(), path], None).expect("a path of any bytes");
    }

    #[test]
    fn refusals_of_harmless_arguments_are_the_parsers_own() {
        let words = ["selvedge", "train", "--epochs", "many"].map(OsString::from);
        let own = Cli::try_parse_from(&words).expect_err("no number");
        let said = Cli::of(&words, None).expect_err("no number");
        assert_eq!(said.text, own.render().ansi().to_string());
        assert_eq!((said.exit_code, said.is_refusal), (2, true));
    }
}
