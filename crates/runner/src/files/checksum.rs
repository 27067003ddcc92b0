//! Checksums in hexadecimal digits.

/// A checksum's bytes in lower-case hexadecimal digits.
pub(crate) fn hexadecimal(sum: impl AsRef<[u8]>) -> String {
    let digits = sum.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn digits_are_those_that_other_programs_print() {
        // `sha256sum /dev/null`
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hexadecimal(Sha256::digest([])), expected);
    }
}
