//! Whether a JPEG is whole: its decoder fills what is missing with grey and says nothing.

const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;

/// Whether the end mark of the image itself is there (ITU T.81, annex B): one in a thumbnail does not count, and what a
/// camera writes after it does no harm.
pub(crate) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    // The first two bytes are the start mark.
    let mut position = 2;
    while let Some(&[0xFF, marker]) = bytes.get(position..position + 2) {
        position += match marker {
            END_OF_IMAGE => return true,
            // A byte to fill up before the mark.
            0xFF => 1,
            // Marks without a body.
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

/// Where the coded data that starts at `position` is followed by a mark that is part of neither it nor its restarts.
fn scan_end(bytes: &[u8], position: usize) -> usize {
    let data = bytes.get(position..).unwrap_or_default();
    let length = data
        .windows(2)
        .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF));
    position + length.unwrap_or(data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_mark_of_the_image_itself_counts() {
        let thumbnail = [0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, END_OF_IMAGE];
        let scan = [0xFF, START_OF_SCAN, 0, 2, 7, 0xFF, 0x00, 7, 0xFF, 0xD3, 7];
        let cut = [&[0xFF, 0xD8][..], &thumbnail, &scan].concat();
        let whole = [&cut[..], &[0xFF, END_OF_IMAGE], b"more"].concat();
        assert!(jpeg_is_whole(&whole));
        for length in 0..=cut.len() + 1 {
            assert!(!jpeg_is_whole(&whole[..length]), "{length}");
        }
    }
}
