//! Text as a NumPy array.

/// The bytes of a `.npy` file with one text per element: UTF-32, padded with zeros to the longest, as NumPy writes a list of
/// strings.
pub(crate) fn names_npy(names: &[String]) -> Vec<u8> {
    const BEFORE_TEXT: usize = 10;
    const ALIGNMENT: usize = 64;
    let longest = names.iter().map(|name| name.chars().count()).max();
    let width = longest.unwrap_or(0).max(1);
    let mut header = format!(
        "{{'descr': '<U{width}', 'fortran_order': False, 'shape': ({},), }}",
        names.len()
    );
    let unpadded = BEFORE_TEXT + header.len() + 1;
    let padding = unpadded.next_multiple_of(ALIGNMENT) - unpadded;
    header.extend(std::iter::repeat_n(' ', padding));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for name in names {
        let letters = name.chars().map(u32::from);
        let padded = letters.chain(std::iter::repeat(0)).take(width);
        bytes.extend(padded.flat_map(u32::to_le_bytes));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_padded_to_the_longest() {
        let bytes = names_npy(&["a".to_string(), "üb".to_string()]);
        assert_eq!(bytes.len(), 128 + 2 * 2 * 4);
        let header = String::from_utf8_lossy(&bytes[10..128]);
        assert!(header.contains("'<U2'") && header.contains("'shape': (2,)"));
        assert!(header.ends_with('\n'));
        let letters: Vec<u8> = bytes[128..].iter().step_by(4).copied().collect();
        assert_eq!(letters, [b'a', 0, 0xfc, b'b']);
        assert_eq!(names_npy(&[]).len(), 128);
    }
}
