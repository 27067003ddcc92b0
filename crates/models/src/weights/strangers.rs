//! What lies where a file of weights is expected: a download that was none, mostly.

use super::error::{Refusal, SAVE_AGAIN};

/// What to do about a download that brought something else.
const DOWNLOAD_AGAIN: &str =
    "download the file itself again, by the link of the file and not of the page that shows it";

/// Formats that are told by their first bytes.
const KNOWN: [(&[u8], &str, &str); 4] = [
    (
        b"\x89HDF",
        "a file of HDF5, as Keras writes them",
        "give a .safetensors, .pth or .pt file",
    ),
    (
        b"\x1f\x8b",
        "a gzip archive",
        "unpack it and give the file inside",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "a 7-Zip archive",
        "unpack it and give the file inside",
    ),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, which only stands for the file",
        "run `git lfs pull` in the repository that it came with, or download the file itself",
    ),
];

/// Says what a file is whose beginning is `head` and that has `length` bytes.
pub(super) fn refusal(head: &[u8], length: usize) -> Refusal {
    const EXPECTED: &str = "expected safetensors or a file of torch.save";
    /// Where a tar archive says that it is one.
    const TAR: std::ops::Range<usize> = 257..262;
    if length == 0 {
        return Refusal::new(format!("{EXPECTED}, found an empty file"), DOWNLOAD_AGAIN);
    }
    if head.get(TAR) == Some(b"ustar") {
        return Refusal::new(
            "expected safetensors or a file of PyTorch 0.1.10 or newer, found a tar archive as older ones wrote",
            SAVE_AGAIN,
        );
    }
    for (start, what, advice) in KNOWN {
        if head.starts_with(start) {
            return Refusal::new(format!("{EXPECTED}, found {what}"), advice);
        }
    }
    let text = String::from_utf8_lossy(head);
    if let Some(title) = title_of_page(&text) {
        return Refusal::new(
            format!("{EXPECTED}, found a web page{title}"),
            DOWNLOAD_AGAIN,
        );
    }
    let words: String = text.trim().chars().take(60).collect();
    let is_text = !words.is_empty()
        && !words
            .contains(|letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER);
    let begins = if is_text {
        format!(", text that begins '{words}'")
    } else {
        String::new()
    };
    Refusal::new(
        format!("{EXPECTED}, found {length} bytes of neither{begins}"),
        "give a .safetensors, .pth or .pt file",
    )
}

/// The title of a web page, in brackets; none if it is no page.
fn title_of_page(text: &str) -> Option<String> {
    let small = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    let is_page = ["<!doctype html", "<html", "<?xml"]
        .iter()
        .any(|start| small.starts_with(start));
    if !is_page {
        return None;
    }
    let title = text
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map(|(title, _)| title.trim())
        .filter(|title| !title.is_empty());
    Some(title.map_or(String::new(), |title| {
        let title: String = title.chars().take(100).collect();
        format!(" ('{title}')")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_download_brought_instead_is_named() {
        for (bytes, found, advice) in [
            (&b""[..], "an empty file", "download"),
            (
                b"<!DOCTYPE html><html><head><title>Virus scan warning</title>",
                "a web page ('Virus scan warning')",
                "the link of the file",
            ),
            (b"\n<HTML>", "found a web page", "download"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
                "a pointer of Git LFS",
                "git lfs pull",
            ),
            (b"\x1f\x8b\x08", "a gzip archive", "unpack"),
            (
                b"{\"error\": \"no such model\"}",
                "text that begins '{\"error\"",
                ".pth",
            ),
            (b"\0\x01\x02", "3 bytes of neither", ".pth"),
        ] {
            let refusal = refusal(bytes, bytes.len());
            assert!(refusal.message.contains(found), "{}", refusal.message);
            assert!(refusal.advice.contains(advice), "{}", refusal.advice);
        }
    }
}
