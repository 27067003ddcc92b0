//! Text and JSON that are safe for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use data::counted;

/// Whether a terminal may obey this character instead of showing it.
pub(crate) fn is_harmful(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text that is safe for a terminal. Names in files can contain control characters, which move the cursor or rename the window,
/// and characters that change the direction of writing; they are escaped. Line ends stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter == '\n' || letter == '\t')
}

pub(crate) fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
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

/// JSON that is safe for a terminal: escapes the control characters that JSON leaves unescaped.
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

/// The beginning of a long text, and how many characters are omitted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_long_texts_cut() {
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
}
