//! Watching a training from another process: `watched_run` reads the run's files, `lines` prints epochs, `screen` draws everything in
//! a terminal, and `window` keeps that up to date. Nothing is written, and nothing here reaches the training.

mod curves;
pub(crate) mod lines;
mod screen;
mod watched_run;
pub(crate) mod window;
