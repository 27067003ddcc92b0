//! Bytes read sequentially.

use crate::error::Fault;

/// The remaining bytes.
pub(crate) struct Source<'a> {
    bytes: &'a [u8],
    pub(crate) position: usize,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.position..];
        let taken = usize::try_from(count)
            .ok()
            .and_then(|count| rest.get(..count))
            .ok_or_else(|| {
                Fault::new(
                    format!("{count} more bytes"),
                    format!("{} until the end", rest.len()),
                )
            })?;
        self.position += taken.len();
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    /// Bytes preceded by their number, which is little-endian.
    pub(crate) fn counted<const N: usize>(&mut self) -> Result<&'a [u8], Fault> {
        let mut count = [0; 8];
        count[..N].copy_from_slice(&self.array::<N>()?);
        self.take(u64::from_le_bytes(count))
    }

    /// Everything up to the next end of a line, which is skipped.
    pub(crate) fn take_line(&mut self) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.position..];
        let length = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or_else(|| Fault::new("a line that ends", "the end of the bytes"))?;
        self.position += length + 1;
        Ok(&rest[..length])
    }
}
