//! What the operations' CPU paths share: the instruction set, vectors, matrix products, and memory.

pub(crate) mod instruction_set;
pub(crate) mod matrix;
pub(crate) mod output;
pub(crate) mod partial_sums;
pub(crate) mod scratch;
pub mod vector;
pub(crate) mod vectorised;
