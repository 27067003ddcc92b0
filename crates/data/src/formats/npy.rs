//! NumPy's `.npy` format: a header, followed by the elements.

pub(crate) mod header;
pub(crate) mod numbers;
#[cfg(test)]
mod tests;
pub(crate) mod write;
