//! Identifies files of unexpected formats by their first bytes.

/// A format, and how to get from such a file to the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recognised {
    /// The format, phrased to follow "found".
    pub(crate) kind: &'static str,
    /// What to do.
    pub(crate) advice: &'static str,
}

/// The format of a file with these first bytes, if it is one that is not read but often found in place of one that is,
/// including empty files.
pub(crate) fn recognise(first: &[u8]) -> Option<Recognised> {
    const SAVE_AGAIN: &str =
        "save it again in the expected format; renaming it does not change its content";
    const COPY_AGAIN: &str = "copy or download the file again";
    const UNPACK: &str = "unpack it first";
    let starts = |with: &[u8]| first.starts_with(with);
    let has = |at: usize, what: &[u8]| first.get(at..at + what.len()) == Some(what);
    let text = first.trim_ascii_start();
    let opens = |with: &str| {
        text.get(..with.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()))
    };
    let (kind, advice) = if first.is_empty() {
        ("an empty file", COPY_AGAIN)
    } else if starts(b"version https://git-lfs") {
        (
            "a Git LFS pointer instead of the file",
            "fetch the file itself in the repository: git lfs pull",
        )
    } else if opens("<!doctype html") || opens("<html") {
        (
            "a web page",
            "download the file again: the site has sent a page instead, as it does for a login or a moved address",
        )
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        ("a ZIP archive", UNPACK)
    } else if has(257, b"ustar") {
        ("a tar archive", UNPACK)
    } else if starts(b"BZh") || starts(b"\x28\xB5\x2F\xFD") || starts(b"\xFD7zXZ\0") {
        ("a file compressed in another way than gzip", UNPACK)
    } else if has(128, b"DICM") {
        (
            "a DICOM file",
            "convert the series to NIfTI, for example with dcm2niix",
        )
    } else if starts(b"NRRD000") {
        ("an NRRD volume", SAVE_AGAIN)
    } else if opens("ObjectType") || opens("NDims") {
        ("the header of a MetaImage volume", SAVE_AGAIN)
    } else if starts(b"\x89HDF\r\n\x1A\n") {
        ("an HDF5 file", SAVE_AGAIN)
    } else if starts(b"\x93NUMPY") {
        ("a NumPy array", SAVE_AGAIN)
    } else if starts(b"\x89PNG") || starts(b"\xFF\xD8\xFF") {
        ("an image", SAVE_AGAIN)
    } else {
        return None;
    };
    Some(Recognised { kind, advice })
}
