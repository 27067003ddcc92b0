//! Whether a JPEG is complete: its decoder silently fills missing parts with grey.

#[cfg(test)]
mod tests;

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// Whether the image has its own end marker (ITU T.81, annex B). The marker of a thumbnail does not count, and data after
/// the end marker is ignored.
pub(crate) fn jpeg_is_complete(bytes: &[u8]) -> bool {
    // The first two bytes are the start marker.
    let mut position = 2;
    while let Some(&[0xFF, marker]) = bytes.get(position..position + 2) {
        position += match marker {
            END_OF_IMAGE => return true,
            // A fill byte before the marker.
            0xFF => 1,
            // Markers without a segment.
            0x01 | 0xD0..=0xD7 => 2,
            _ => match bytes.get(position + 2..position + 4) {
                Some(&[high, low]) => 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        };
        if marker == START_OF_SCAN {
            position = scan_end(bytes, position);
        }
    }
    false
}

/// The end of the entropy-coded data that starts at `position`: the next marker that is not a restart marker.
fn scan_end(bytes: &[u8], position: usize) -> usize {
    let data = bytes.get(position..).unwrap_or_default();
    let length = data
        .windows(2)
        .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF));
    position + length.unwrap_or(data.len())
}
