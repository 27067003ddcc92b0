//! Values that protocol 0 writes as lines of text.

use std::borrow::Cow;

use crate::error::Fault;

fn shown(line: &[u8]) -> String {
    const MOST: usize = 40;
    let start = &line[..line.len().min(MOST)];
    let more = if line.len() > MOST { "…" } else { "" };
    format!("'{}{more}'", start.escape_ascii())
}

/// A line of UTF-8.
pub(crate) fn utf8<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::new(format!("{what} in UTF-8"), shown(bytes)))
}

/// A number as Rust's `parse` reads it.
pub(crate) fn number<T: std::str::FromStr>(line: &[u8], what: &str) -> Result<T, Fault> {
    std::str::from_utf8(line)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| Fault::new(what, shown(line)))
}

/// Python 2's `repr` of a `str`: in quotes, with escapes.
pub(crate) fn quoted(line: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    let wrong = || Fault::new("a string in quotes", shown(line));
    let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = line else {
        return Err(wrong());
    };
    if !inner.contains(&b'\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(&kept @ (b'\\' | b'\'' | b'"')) => kept,
            Some(b'x') => {
                let digits = rest.as_slice().get(..2).and_then(hexadecimal);
                rest = rest.as_slice().get(2..).ok_or_else(wrong)?.iter();
                digits.ok_or_else(wrong)? as u8
            }
            _ => {
                return Err(Fault::new(
                    "\\n, \\r, \\t, \\\\, \\', \\\" or \\x",
                    shown(line),
                ));
            }
        });
    }
    Ok(Cow::Owned(bytes))
}

/// Python's `raw-unicode-escape`: Latin-1, with `\uXXXX` and `\UXXXXXXXX` for everything beyond.
pub(crate) fn unescaped(line: &[u8]) -> Result<Cow<'_, str>, Fault> {
    if line.is_ascii() && !line.contains(&b'\\') {
        return utf8(line, "text").map(Cow::Borrowed);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [byte, after @ ..] = rest {
        let digits = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => {
                text.push(char::from(*byte));
                rest = after;
                continue;
            }
        };
        let letter = after
            .get(1..=digits)
            .and_then(hexadecimal)
            .and_then(char::from_u32)
            .ok_or_else(|| Fault::new("\\u with the digits of a character", shown(line)))?;
        text.push(letter);
        rest = &after[1 + digits..];
    }
    Ok(Cow::Owned(text))
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    // A sign is not a digit, although `from_str_radix` accepts it.
    let digits = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_python() {
        let line = br#"'it\'s \x00\xff\\\n"'"#;
        assert_eq!(&*quoted(line).expect("a string"), b"it's \0\xff\\\n\"");
        for wrong in [
            &b"'"[..],
            b"",
            b"'a\"",
            br"'\x1'",
            br"'\x+1'",
            br"'\q'",
            br"'\'",
        ] {
            assert!(quoted(wrong).is_err(), "{}", wrong.escape_ascii());
        }
        let line = b"na\xefve \\u20ac \\U0001f600 \\";
        assert_eq!(
            unescaped(line).expect("text"),
            "na\u{ef}ve \u{20ac} \u{1f600} \\"
        );
        for wrong in [&br"\u12"[..], br"\ud800", br"\U00110000", br"\u+123"] {
            assert!(unescaped(wrong).is_err(), "{}", wrong.escape_ascii());
        }
    }
}
