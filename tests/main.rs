//! Tests of the whole program: the commands as a user runs them, and the structure of the repository.

mod acdc;
mod architecture;
mod bad_input;
mod bench;
mod commands;
mod damaged_runs;
mod devices;
mod documents;
mod envelope;
mod failing_operation;
#[cfg(target_os = "linux")]
mod hostile_files;
#[cfg(unix)]
mod justfile;
mod overwriting;
mod program;
mod release;
mod sets;
mod shaders;
mod snapshots;
mod software_adapter;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod torture;
mod training;
mod weights;
