//! The program `selvedge`.
