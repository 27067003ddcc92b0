//! The folder of one run. A kill at any moment loses only the steps since the last checkpoint.
//!
//! `recipe.toml`, `environment.json`, `split.json`, `legs.json` at the start; a line of `scores.jsonl` and of `timings.jsonl`, `scores.csv`,
//! `curves.svg`, `images.npz`, `previews/` and `live.html` after each epoch; `best/` and `last/` as they come; `predictions/`,
//! `cases.csv` and `summary.json` at the end. Without `summary.json` a run is not finished. `lock` exists while a training writes,
//! `live.json` until it is finished.
//!
//! `folder` only reads. `writer` writes and repairs; a folder has one at a time.

pub(crate) mod cases;
pub(crate) mod checkpoint;
pub(crate) mod data_checksum;
mod data_files;
pub(crate) mod environment;
pub(crate) mod epoch_sums;
pub(crate) mod epoch_timing;
pub(crate) mod event_files;
pub(crate) mod folder;
pub(crate) mod image_history;
pub(crate) mod image_records;
pub(crate) mod legs;
pub(crate) mod live;
mod names;
pub(crate) mod previews;
pub(crate) mod scores;
pub(crate) mod scores_table;
pub(crate) mod trained_run;
pub(crate) mod writer;
