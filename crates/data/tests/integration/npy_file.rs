//! Files in NumPy's format.

/// The text of a header, of an array of the type `kind`.
pub(crate) fn header(kind: &str, columns_first: bool, shape: &str) -> String {
    let order = if columns_first { "True" } else { "False" };
    format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}\n")
}

/// Everything before the numbers, in the format's first version.
pub(crate) fn preamble(header: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes
}

/// A complete file.
pub(crate) fn npy(kind: &str, columns_first: bool, shape: &[u64], numbers: &[u8]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let header = header(kind, columns_first, &format!("({})", shape.join(" ")));
    [preamble(&header), numbers.to_vec()].concat()
}
