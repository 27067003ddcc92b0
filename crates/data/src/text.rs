//! Text as the editors, shells and file systems of any system write it.

use std::fmt::Display;

use unicode_normalization::UnicodeNormalization;

/// A name with each accented letter as one letter: what looks alike is alike, whichever system wrote it.
pub(crate) fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// Things that are told in one sentence before the others are counted.
pub(crate) const FEW: usize = 5;

/// A list in words: the first few things, and how many more there are.
pub(crate) fn few<T: Display>(things: &[T]) -> String {
    let shown: Vec<String> = things.iter().take(FEW).map(T::to_string).collect();
    let list = shown.join(", ");
    match things.len() - shown.len() {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// A number of things in words: "1 image", "2 images".
#[must_use]
pub fn counted(count: usize, thing: &str) -> String {
    let ending = match count {
        1 => "",
        _ if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {thing}{ending}")
}

/// The same text in UTF-8 without a byte order mark.
///
/// Some editors put the mark before UTF-8, and `>` in Windows PowerShell writes UTF-16. Bytes without a mark stay as they are,
/// whether they are text or not.
#[must_use]
pub fn in_utf8(mut bytes: Vec<u8>) -> Vec<u8> {
    match &bytes[..] {
        [0xEF, 0xBB, 0xBF, ..] => {
            bytes.drain(..3);
            bytes
        }
        [0xFF, 0xFE, rest @ ..] => of_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => of_utf16(rest, u16::from_be_bytes),
        _ => bytes,
    }
}

/// What is no UTF-16 becomes U+FFFD, which no key and no name is made of, and so is told of as what was found.
fn of_utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Vec<u8> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text: String = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    text.extend(odd.iter().map(|_| char::REPLACEMENT_CHARACTER));
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_with_any_byte_order_mark_and_without() {
        let text = "image,patient\r\nσ 1,😀\r\n";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let marked = format!("\u{feff}{text}");
            marked.encode_utf16().flat_map(bytes).collect()
        };
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(in_utf8(bytes), text.as_bytes());
        }
    }

    #[test]
    fn one_thing_is_not_called_many() {
        for (count, thing, expected) in [
            (0, "image", "0 images"),
            (1, "image", "1 image"),
            (2, "image", "2 images"),
            (1, "class", "1 class"),
            (3, "class", "3 classes"),
        ] {
            assert_eq!(counted(count, thing), expected);
        }
    }

    #[test]
    fn what_is_no_text_is_given_on_and_half_letters_are_marked() {
        for bytes in [&b""[..], b"\xFF", b"\xEF\xBB", b"\x89PNG\r\n"] {
            assert_eq!(in_utf8(bytes.to_vec()), bytes);
        }
        // A half of a pair, and a single byte at the end.
        assert_eq!(
            in_utf8(b"\xFF\xFEa\0\x3D\xD8b\0c".to_vec()),
            "a\u{fffd}b\u{fffd}".as_bytes()
        );
    }
}
