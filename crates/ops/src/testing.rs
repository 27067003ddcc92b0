//! What the tests of several crates need: devices, processes of their own, the narrower instruction sets.

pub mod devices;
pub mod every_level;
pub mod own_process;
