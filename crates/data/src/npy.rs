//! NumPy's `.npy`: a header that says what follows, and the elements, one after the other.

mod header;
mod numbers;
#[cfg(test)]
mod tests;
mod write;

pub use header::{ElementKind, NpyHeader};
pub use numbers::{Number, Numbers};
pub use write::{NpyElement, write_npy};
