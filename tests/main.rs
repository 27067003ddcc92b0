//! What is true of the whole: the program as a user runs it, and the house as it is built.

mod acdc;
mod architecture;
mod bad_input;
mod bench;
mod commands;
mod devices;
mod envelope;
mod failing_operation;
#[cfg(unix)]
mod justfile;
mod program;
mod release;
mod sets;
mod shaders;
mod software_adapter;
mod training;
mod weights;
