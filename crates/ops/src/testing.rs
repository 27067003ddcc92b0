//! What the tests of several crates need: devices, closeness of numbers, poisoned memory, processes of their own, and the
//! narrower instruction sets.
//!
//! Not a feature of this crate: tests would switch it on and the program would not, so `just test` and `just train-bamsi` would
//! each build this crate and all that use it.

pub mod closeness;
pub mod devices;
pub mod every_instruction_set;
pub mod own_process;
pub mod poison;
