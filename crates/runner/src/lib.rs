//! The command `selvedge`: recipes, devices, the training loop, run folders and reports.
//!
//! [`run`](run::run) does what a parsed [`Cli`](cli::Cli) says. [`train`](train::train) is the loop, top to bottom.

pub mod build;
pub mod cli;
pub mod commands;
mod dataset;
pub mod device;
mod drawing;
pub mod error;
pub mod files;
pub mod prediction;
pub mod recipe;
mod report;
pub mod run;
pub mod run_folder;
pub mod terminal;
mod text;
pub mod training;

pub use device::{memory, panics, runtime_folder};
pub use training::train;
