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
fn bytes_that_are_not_text_are_kept_and_half_letters_are_marked() {
    for bytes in [&b""[..], b"\xFF", b"\xEF\xBB", b"\x89PNG\r\n"] {
        assert_eq!(in_utf8(bytes.to_vec()), bytes);
    }
    // Half of a surrogate pair, and a single byte at the end.
    assert_eq!(
        in_utf8(b"\xFF\xFEa\0\x3D\xD8b\0c".to_vec()),
        "a\u{fffd}b\u{fffd}".as_bytes()
    );
}

#[test]
fn nouns_agree_with_their_counts() {
    for (count, noun, expected) in [
        (0, "image", "0 images"),
        (1, "image", "1 image"),
        (2, "image", "2 images"),
        (1, "class", "1 class"),
        (3, "class", "3 classes"),
    ] {
        assert_eq!(counted(count, noun), expected);
    }
}
