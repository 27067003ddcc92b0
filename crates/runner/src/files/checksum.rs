//! Checksums in hexadecimal digits.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// SHA-256 of the contents of files, in hexadecimal digits, by path.
pub(crate) type FileSums = BTreeMap<PathBuf, String>;

/// The SHA-256 of the contents of a file.
pub(crate) fn of_file(file: File) -> io::Result<String> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut sum = Sha256::new();
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hexadecimal(sum.finalize()));
        }
        sum.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

/// A checksum's bytes in lower-case hexadecimal digits.
pub(crate) fn hexadecimal(sum: impl AsRef<[u8]>) -> String {
    let digits = sum.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_other_programs_print() {
        // `sha256sum /dev/null`
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hexadecimal(Sha256::digest([])), expected);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        for bytes in [0, 1, 1 << 16, (1 << 17) + 1] {
            let bytes = vec![7; bytes];
            std::fs::write(&path, &bytes).expect("written");
            let sum = of_file(File::open(&path).expect("a file")).expect("read");
            assert_eq!(sum, hexadecimal(Sha256::digest(&bytes)));
        }
    }
}
