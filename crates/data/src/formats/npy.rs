//! NumPy's `.npy`: a header that says what follows, and the elements, one after the other.

pub(crate) mod header;
pub(crate) mod numbers;
#[cfg(test)]
mod tests;
pub(crate) mod write;
