//! Samples of fewer than 8 bits.

/// The `width` values of `bits` bits (at most 8) in a row that is padded to whole bytes.
pub(crate) fn unpack(line: &[u8], width: usize, bits: usize) -> impl Iterator<Item = u8> {
    let per_byte = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    (0..width).map(move |column| {
        let shift = 8 - bits * (column % per_byte + 1);
        (line[column / per_byte] >> shift) & mask
    })
}
