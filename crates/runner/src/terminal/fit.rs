//! Lines that are no longer than a terminal is wide. What describes options is wrapped by the command line's parser, usage and
//! refusals are not.

use anstream::adapter::strip_str;
use terminal_size::{Width, terminal_size};

/// What a line of usage begins with; its further lines stand below its end.
const USAGE: &str = "Usage: ";

/// Columns of the terminal, or what `COLUMNS` says where there is none: what help is wrapped to.
pub fn width() -> Option<usize> {
    let of_terminal = terminal_size().map(|(Width(columns), _)| usize::from(columns));
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    of_terminal.or_else(said).filter(|columns| *columns > 0)
}

/// Text whose lines are broken between words wherever they are longer than `width`. A word that is longer by itself stays
/// whole, so that a path can be copied. Colours take no room.
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

/// Columns that a text takes.
fn shown(text: &str) -> usize {
    strip_str(text)
        .flat_map(str::chars)
        .filter(|letter| *letter != '\n')
        .count()
}

/// Words with the spaces behind them, the first also with those before it. An option and the name of its value are one.
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
    fn lines_are_broken_between_words_and_below_what_they_say() {
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
    fn colours_take_no_room_and_stay() {
        let text = "\x1b[1m\x1b[4mUsage:\x1b[0m \x1b[1mselvedge train\x1b[0m [OPTIONS] [RECIPE]\n";
        assert_eq!(fitted(text, 40), text);
        assert_eq!(
            fitted(text, 31),
            "\x1b[1m\x1b[4mUsage:\x1b[0m \x1b[1mselvedge train\x1b[0m [OPTIONS]\n       [RECIPE]\n"
        );
    }
}
