//! The command `selvedge`: recipes, devices, the training loop, run folders and reports.
//!
//! [`run`](cli::run) runs the command of a parsed [`Cli`](cli::Cli). [`train`](train::train) is the training loop. Modules
//! depend on each other in one direction: `cli`, `commands`, `audit_proof`, `auditing` and `report`, `experiment`, `training`,
//! `prediction`, `dataset`, `page` and `drawing`, `statistics`, `run_folder`, `device`, `recipe`, `files`
//! and `terminal`, `error`, `text`.

mod arguments;
mod audit_proof;
mod auditing;
mod build;
pub mod cli;
mod commands;
mod dataset;
pub mod device;
mod drawing;
pub mod error;
mod experiment;
pub mod files;
mod page;
mod prediction;
pub mod recipe;
mod report;
mod run_folder;
mod statistics;
pub mod terminal;
mod text;
mod training;
mod watch;

pub use device::{memory, panics, runtime_folder};
pub use training::train;
