//! What is true of the whole program; the tests are in `main.rs`.
