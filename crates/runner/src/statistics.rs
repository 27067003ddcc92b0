//! Statistics of evaluated cases. The patient is the unit: images of one patient resemble each other, and runs of one recipe with
//! different seeds see the same patients.
//!
//! `patient_scores` reduces `cases.csv` to values by patient, `metric_statistics` describes one evaluation, and `comparison`
//! compares groups of runs.

pub(crate) mod comparison;
pub(crate) mod metric_statistics;
pub(crate) mod patient_scores;
