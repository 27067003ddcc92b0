//! Experiments: grids of trainings, from their TOML to a table with statistics.
//!
//! `grid` is what a grid's file says, and `expansion` makes trainings of it: an `item` each, found again by the hash of its
//! recipe and data. `plan` is the list of them that a folder keeps. `step` works on one item, and `children` runs many, each in a
//! process of its own, as an engine of a cluster would (`export`).

pub(crate) mod children;
pub(crate) mod claims;
pub(crate) mod data_checks;
pub(crate) mod expansion;
pub(crate) mod export;
pub(crate) mod figures;
pub(crate) mod fingerprint;
pub(crate) mod forecast;
pub(crate) mod grid;
pub(crate) mod heartbeat;
pub(crate) mod item;
pub(crate) mod measurement;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod state;
pub(crate) mod step;
pub(crate) mod table;
