//! What the tests of several crates need: devices, closeness of numbers, poisoned memory, processes of their own, and the
//! narrower instruction sets.

pub mod closeness;
pub mod devices;
pub mod every_instruction_set;
pub mod own_process;
pub mod poison;
