//! The header of a NumPy array, with bounds on what a file may claim of itself.

use std::io::{self, Read};

use npyz::NpyHeader;

/// Bytes that the text of a header may have; NumPy's own take 118.
const MAX_HEADER: usize = 4096;
/// Brackets in it: of the dictionary, the shape, and a type of few fields.
const MAX_BRACKETS: usize = 8;

/// Reads the header, up to the first byte of the array, after looking at its length and its brackets: a parser that goes one
/// call deeper with each of a million brackets runs out of stack.
///
/// # Errors
///
/// The reader's, and a header that is none of NumPy's; the text says what was found.
pub fn read_npy_header(reader: &mut dyn Read) -> io::Result<NpyHeader> {
    let other = |found: String| io::Error::new(io::ErrorKind::InvalidData, found);
    let none = || other("no NumPy file".into());
    let cut = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => other("a file cut short".into()),
        _ => error,
    };
    let mut bytes = Vec::new();
    reader.take(8).read_to_end(&mut bytes)?;
    let &[b'\x93', b'N', b'U', b'M', b'P', b'Y', version, _] = &bytes[..] else {
        return Err(none());
    };
    let mut length = [0; 4];
    let digits = match version {
        1 => 2,
        2 | 3 => 4,
        _ => return Err(none()),
    };
    reader.read_exact(&mut length[..digits]).map_err(cut)?;
    bytes.extend(&length[..digits]);
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_HEADER {
        return Err(other(format!("a header of {length} bytes")));
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    reader.read_exact(&mut bytes[start..]).map_err(cut)?;
    let brackets = bytes[start..].iter().filter(|byte| b"([{".contains(byte));
    if brackets.count() > MAX_BRACKETS {
        return Err(other("a header of many brackets".into()));
    }
    NpyHeader::from_reader(&bytes[..])
}
