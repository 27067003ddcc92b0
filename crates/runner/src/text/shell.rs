//! Paths in command lines that can be pasted into a shell.

use std::path::Path;

/// A path in the form in which a shell reads it back: quoted if it contains characters that have a meaning for a shell.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%=~\\".contains(letter);
    let special = if cfg!(windows) { "~" } else { "\\~" };
    if !text.is_empty()
        && text
            .chars()
            .all(|letter| plain(letter) && !special.contains(letter))
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
    fn a_shell_reads_back_the_same_path() {
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
    fn a_shell_reads_back_the_same_path() {
        assert_eq!(quoted(Path::new(r"C:\runs\a")), r"C:\runs\a");
        assert_eq!(quoted(Path::new(r"C:\my runs\a")), r#""C:\my runs\a""#);
    }
}
