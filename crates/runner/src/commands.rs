//! The commands, one file or folder each, with arguments, work and messages. [`cli`](crate::cli) lists them and calls their `run`.

pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod data;
pub(crate) mod data_check;
pub(crate) mod data_plant;
pub(crate) mod data_show;
pub(crate) mod doctor;
pub(crate) mod envelope;
pub(crate) mod evaluate;
pub(crate) mod experiment;
pub(crate) mod forward;
pub(crate) mod man;
pub(crate) mod model;
pub(crate) mod predict;
pub(crate) mod recipe;
pub(crate) mod report;
pub(crate) mod score;
pub(crate) mod synth;
pub(crate) mod train;
pub(crate) mod watch;
pub(crate) mod weights;
