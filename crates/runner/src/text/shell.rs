//! Command lines that can be pasted as they are printed.

use std::path::Path;

/// A path as a shell reads it back: in quotes where it holds anything but letters, digits and what no shell minds.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%=~\\".contains(letter);
    let minded = if cfg!(windows) { "~" } else { "\\~" };
    if !text.is_empty()
        && text
            .chars()
            .all(|letter| plain(letter) && !minded.contains(letter))
    {
        text
    } else if cfg!(windows) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(windows))]
    #[test]
    fn a_shell_reads_back_what_was_meant() {
        for (path, text) in [
            ("runs/bamsi-20260131-235959", "runs/bamsi-20260131-235959"),
            ("A B", "'A B'"),
            ("it's", r"'it'\''s'"),
            ("$HOME/`x`", "'$HOME/`x`'"),
            ("~", "'~'"),
            ("größe", "größe"),
            ("", "''"),
        ] {
            assert_eq!(quoted(Path::new(path)), text);
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(quoted(Path::new(r"C:\runs\a")), r"C:\runs\a");
        assert_eq!(quoted(Path::new(r"C:\my runs\a")), r#""C:\my runs\a""#);
    }
}
