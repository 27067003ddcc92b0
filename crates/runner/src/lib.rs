//! The command `selvedge`: recipes, devices, the training loop, run folders and reports.
//!
//! [`run`](run::run) does what a parsed [`Cli`](cli::Cli) says. [`train`](train::train) is the loop, top to bottom.

mod answer;
mod arrays;
pub mod bench;
pub mod build;
mod checkpoint;
pub mod cli;
mod colour_classifier;
pub mod completions;
mod contact_sheet;
mod curves;
mod data_files;
mod data_root;
pub mod device;
pub mod doctor;
pub mod envelope;
mod environment;
mod epoch_sums;
pub mod error;
pub mod evaluate;
pub mod forward;
mod gradients;
mod learning_rate;
pub mod manual;
pub mod memory;
mod optimizer;
mod overlay;
mod palette;
pub mod panics;
pub mod predict;
mod predictor;
mod progress;
mod readback;
pub mod recipe;
mod report;
pub mod run;
pub mod run_folder;
pub mod runtime_folder;
pub mod score;
pub mod scores;
mod shell;
pub mod terminal;
pub mod train;
mod validate;
pub mod weights;
