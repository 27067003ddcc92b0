use super::*;

#[test]
fn only_the_end_marker_of_the_image_itself_counts() {
    let thumbnail = [0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, END_OF_IMAGE];
    let scan = [0xFF, START_OF_SCAN, 0, 2, 7, 0xFF, 0x00, 7, 0xFF, 0xD3, 7];
    let cut = [&[0xFF, 0xD8][..], &thumbnail, &scan].concat();
    let whole = [&cut[..], &[0xFF, END_OF_IMAGE], b"more"].concat();
    assert!(jpeg_is_complete(&whole));
    for length in 0..=cut.len() + 1 {
        assert!(!jpeg_is_complete(&whole[..length]), "{length}");
    }
}
