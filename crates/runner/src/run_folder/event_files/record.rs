//! The frame around each event of a file, that of TensorFlow's record files: length, checksum of the length, bytes, checksum of the
//! bytes. Numbers are little-endian.

use crate::run_folder::event_files::crc32c::crc32c;

/// Bytes of the length and its checksum.
const HEAD: usize = 12;
/// Bytes of the checksum at the end.
const TAIL: usize = 4;

/// A checksum as it is stored: rotated and shifted, so that the checksum of bytes that contain checksums stays useful.
fn masked(bytes: &[u8]) -> [u8; 4] {
    let sum = crc32c(bytes);
    sum.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// An event's bytes with their frame.
pub(super) fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEAD + payload.len() + TAIL);
    bytes.extend(length);
    bytes.extend(masked(&length));
    bytes.extend(payload);
    bytes.extend(masked(payload));
    bytes
}

/// An event in the bytes of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) payload: &'a [u8],
    /// Place of the first byte after it.
    pub(super) end: usize,
}

/// The events of a file, up to the first that is incomplete or damaged.
#[derive(Debug)]
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let rest = self.bytes.get(self.place..)?;
        let (length, rest) = rest.split_first_chunk::<8>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        if *sum != masked(length) {
            return None;
        }
        let count = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let payload = rest.get(..count)?;
        let (sum, _) = rest.get(count..)?.split_first_chunk::<4>()?;
        if *sum != masked(payload) {
            return None;
        }
        self.place += HEAD + count + TAIL;
        Some(Record {
            payload,
            end: self.place,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_up_to_the_first_damage() {
        let mut bytes = framed(b"one");
        bytes.extend(framed(b""));
        bytes.extend(framed(b"three"));
        let payloads = |bytes: &[u8]| {
            let records = Records::new(bytes);
            records
                .map(|record| record.payload.to_vec())
                .collect::<Vec<_>>()
        };
        assert_eq!(payloads(&bytes), [&b"one"[..], b"", b"three"]);
        assert_eq!(
            Records::new(&bytes).last().map(|record| record.end),
            Some(bytes.len())
        );
        for length in 35..bytes.len() {
            assert_eq!(payloads(&bytes[..length]), [&b"one"[..], b""], "{length}");
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x40;
            assert!(payloads(&damaged).len() < 3, "{place}");
        }
        // A length that no file has.
        let huge = u64::MAX.to_le_bytes();
        let bytes = [&huge[..], &masked(&huge), b"rest"].concat();
        assert!(payloads(&bytes).is_empty());
    }
}
