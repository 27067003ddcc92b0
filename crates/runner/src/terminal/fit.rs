//! Breaks lines that are longer than the terminal is wide. The command line's parser wraps the descriptions of options, but not
//! usage lines and errors.

use anstream::adapter::strip_str;
use terminal_size::{Width, terminal_size};

/// The start of a usage line; its continuation lines are indented by its length.
const USAGE: &str = "Usage: ";

/// Columns of the terminal, or the value of `COLUMNS` without one: the width that help is wrapped to.
pub fn width() -> Option<usize> {
    let of_terminal = terminal_size().map(|(Width(columns), _)| usize::from(columns));
    let of_environment = || std::env::var("COLUMNS").ok()?.parse().ok();
    of_terminal
        .or_else(of_environment)
        .filter(|columns| *columns > 0)
}

/// Breaks lines that are longer than `width` between words. A longer word stays whole, so that a path can be copied. Colours do
/// not count.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    let lines = text.split_inclusive('\n');
    lines.map(|line| fitted_line(line, width)).collect()
}

fn fitted_line(line: &str, width: usize) -> String {
    if shown(line.trim_end()) <= width {
        return line.to_string();
    }
    let plain = strip_str(line).to_string();
    let indent = plain.len() - plain.trim_start_matches(' ').len();
    let hanging = if plain[indent..].starts_with(USAGE) {
        USAGE.len()
    } else {
        2
    };
    let hanging = (indent + hanging).min(width / 2);
    let mut fitted = String::with_capacity(line.len());
    let mut column = 0;
    for piece in pieces(line) {
        if column > 0 && column + shown(piece.trim_end()) > width {
            fitted.truncate(fitted.trim_end_matches(' ').len());
            fitted.push('\n');
            fitted.extend(std::iter::repeat_n(' ', hanging));
            column = hanging;
        }
        fitted.push_str(piece);
        column += shown(piece);
    }
    fitted
}

/// The number of columns of a text.
fn shown(text: &str) -> usize {
    strip_str(text)
        .flat_map(str::chars)
        .filter(|letter| *letter != '\n')
        .count()
}

/// Words with the spaces after them, the first also with those before it. An option and the name of its value are one piece.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end) = (0, 0);
    let mut before = String::new();
    for word in line.split_inclusive(' ') {
        let plain = strip_str(word).to_string();
        let plain = plain.trim_end();
        let is_value = before.starts_with('-') && plain.starts_with('<');
        if !(before.is_empty() || plain.is_empty() || is_value) {
            pieces.push(&line[start..end]);
            start = end;
        }
        if !plain.is_empty() {
            before = plain.to_string();
        }
        end += word.len();
    }
    pieces.push(&line[start..end]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_indented() {
        for (text, expected) in [
            ("short enough\n\nand so on\n", "short enough\n\nand so on\n"),
            (
                "Usage: selvedge forward --weights <WEIGHTS> --input <X.npy> <MODEL>\n\nmore",
                "Usage: selvedge forward\n       --weights <WEIGHTS>\n       --input <X.npy> <MODEL>\n\nmore",
            ),
            (
                "  tip: to pass '--bogus' as a value,  use '-- --bogus'\n",
                "  tip: to pass '--bogus' as a\n    value,  use '-- --bogus'\n",
            ),
            (
                "          /a/path/that/is/longer/than/a/line to\n",
                "          /a/path/that/is/longer/than/a/line\n            to\n",
            ),
        ] {
            assert_eq!(fitted(text, 30), expected);
        }
    }

    #[test]
    fn colours_do_not_count_and_stay() {
        let text = "\x1b[1m\x1b[4mUsage:\x1b[0m \x1b[1mselvedge train\x1b[0m [OPTIONS] [RECIPE]\n";
        assert_eq!(fitted(text, 40), text);
        assert_eq!(
            fitted(text, 31),
            "\x1b[1m\x1b[4mUsage:\x1b[0m \x1b[1mselvedge train\x1b[0m [OPTIONS]\n       [RECIPE]\n"
        );
    }
}
