//! Tests of the whole program: the commands as a user runs them, and the structure of the repository.

mod acdc;
mod architecture;
mod audit;
mod audit_proof;
mod bad_input;
mod bench;
#[cfg(unix)]
mod browser;
mod commands;
mod comparison;
mod damaged_runs;
mod devices;
mod documents;
mod envelope;
#[cfg(unix)]
mod experiment;
mod failing_operation;
mod help;
#[cfg(target_os = "linux")]
mod hostile_files;
#[cfg(target_os = "linux")]
mod isa;
#[cfg(unix)]
mod justfile;
mod latest_run;
mod layouts;
mod live;
mod overwriting;
mod program;
mod refused_trainings;
mod release;
mod reports;
mod resumed_runs;
mod scoring;
mod sets;
mod shaders;
mod sheets;
mod small_run;
mod snapshots;
mod software_adapter;
mod steering;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod torture;
mod training;
mod watching;
mod weights;
