//! Files of other formats in place of a weights file, mostly failed downloads.

use super::error::{Refusal, SAVE_AGAIN};

/// Advice for a download that yielded something else.
const DOWNLOAD_THE_FILE: &str =
    "download the file itself again, with the link of the file and not of the page that shows it";

/// Formats recognised by their first bytes.
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
        "a pointer of Git LFS, which only stands in for the file",
        "run `git lfs pull` in the repository that it comes from, or download the file itself",
    ),
];

/// The refusal of a file with the first bytes `head` and `length` bytes in total.
pub(super) fn refusal(head: &[u8], length: usize) -> Refusal {
    const EXPECTED: &str = "safetensors or a file of torch.save";
    /// Position of a tar archive's magic bytes.
    const TAR: std::ops::Range<usize> = 257..262;
    if length == 0 {
        return Refusal::new(EXPECTED, "an empty file", DOWNLOAD_THE_FILE);
    }
    if head.get(TAR) == Some(b"ustar") {
        return Refusal::new(
            "safetensors or a file of PyTorch 0.1.10 or newer",
            "a tar archive as older ones wrote",
            SAVE_AGAIN,
        );
    }
    for (start, what, advice) in KNOWN {
        if head.starts_with(start) {
            return Refusal::new(EXPECTED, what, advice);
        }
    }
    let text = String::from_utf8_lossy(head);
    if let Some(title) = title_of_page(&text) {
        return Refusal::new(EXPECTED, format!("a web page{title}"), DOWNLOAD_THE_FILE);
    }
    let beginning: String = text.trim().chars().take(60).collect();
    let is_text = !beginning.is_empty()
        && !beginning
            .contains(|letter: char| letter.is_control() || letter == char::REPLACEMENT_CHARACTER);
    let begins = if is_text {
        format!(", text that begins '{beginning}'")
    } else {
        String::new()
    };
    Refusal::new(
        EXPECTED,
        format!("{length} bytes of neither{begins}"),
        "give a .safetensors, .pth or .pt file",
    )
}

/// The title of a web page, in brackets; `None` if the text is not a web page.
fn title_of_page(text: &str) -> Option<String> {
    let lower_case = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    let is_page = ["<!doctype html", "<html", "<?xml"]
        .iter()
        .any(|start| lower_case.starts_with(start));
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
    fn a_failed_download_is_recognised() {
        for (bytes, found, advice) in [
            (&b""[..], "an empty file", "download"),
            (
                b"<!DOCTYPE html><html><head><title>Virus scan warning</title>",
                "a web page ('Virus scan warning')",
                "the link of the file",
            ),
            (b"\n<HTML>", "a web page", "download"),
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
            assert!(refusal.found.contains(found), "{}", refusal.found);
            assert!(refusal.advice.contains(advice), "{}", refusal.advice);
        }
    }
}
