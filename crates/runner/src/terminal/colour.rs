//! Whether output has colours.
//!
//! clap and the log use the same streams, which obey `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM`, and enable colours on a
//! Windows console or omit them. Progress bars and errors have no colours.

use std::ffi::OsString;

use anstream::ColorChoice;
use clap::ValueEnum;

/// When output has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless the environment sets it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Applies `--color` before the arguments are parsed, so that errors of the parser obey it, too.
pub fn choose_colours(arguments: &[OsString]) {
    let choice = match requested(arguments) {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// The last valid `--color`; the parser refuses an invalid one.
fn requested(arguments: &[OsString]) -> Colour {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_command_line() {
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
            assert_eq!(requested(&words), expected, "{line}");
        }
    }
}
