//! Text as written by editors, shells and file systems of any platform.

#[cfg(test)]
mod tests;

use std::fmt::Display;

use unicode_normalization::UnicodeNormalization;

/// A name in Unicode normalisation form C, so that accented letters compare equal whichever system wrote them.
pub(crate) fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// Maximum number of items that a sentence lists before it counts the rest.
pub(crate) const FEW: usize = 5;

/// Lists the first few items, and the number of the others.
pub(crate) fn few<T: Display>(things: &[T]) -> String {
    let shown: Vec<String> = things.iter().take(FEW).map(T::to_string).collect();
    let list = shown.join(", ");
    match things.len() - shown.len() {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// A count and its noun: "1 image", "2 images".
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

/// Converts text to UTF-8 without a byte order mark.
///
/// Some editors write the mark in UTF-8 files, and `>` in Windows PowerShell writes UTF-16. Bytes without a mark are
/// returned unchanged, whether they are text or not.
#[must_use]
pub(crate) fn in_utf8(mut bytes: Vec<u8>) -> Vec<u8> {
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

/// Invalid UTF-16 becomes U+FFFD, which no key and no name contains, so that errors show it.
fn of_utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Vec<u8> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text: String = char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    text.extend(odd.iter().map(|_| char::REPLACEMENT_CHARACTER));
    text.into_bytes()
}
