//! Names of the structures.

/// The structures, in the order in which they are painted; their classes are 1 to 4.
pub(crate) const STRUCTURES: [&str; 4] = ["liver", "stomach", "artery", "vein"];
