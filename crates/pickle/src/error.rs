//! Why bytes are no pickle that can be read.

/// Where reading stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {position}, opcode {opcode}: expected {expected}, found {found}")]
pub struct PickleError {
    /// Where the opcode lies in the bytes.
    pub position: usize,
    /// Its name in Python's `pickletools`, or its number if it has none here.
    pub opcode: String,
    /// What belongs there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// An error without its place, which the machine adds.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Fault {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }
}
