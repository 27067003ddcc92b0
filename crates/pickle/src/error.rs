//! Why a pickle cannot be read.

/// Where reading stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected}, found {found}", self.place())]
pub struct PickleError {
    /// Position of the opcode in the bytes.
    pub position: usize,
    /// Its name in Python's `pickletools`, or its number if it is unknown here.
    pub opcode: String,
    /// What was expected.
    pub expected: String,
    /// What was found instead.
    pub found: String,
}

impl PickleError {
    /// The position and the opcode, in words.
    #[must_use]
    pub fn place(&self) -> String {
        format!("byte {}, opcode {}", self.position, self.opcode)
    }
}

/// An error without its position, which the machine adds.
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
