//! Training: the loop in `train`, the step in `step`, and what they are made of.

pub(crate) mod gradients;
mod learning_rate;
pub(crate) mod options;
pub(crate) mod prepare;
pub(crate) mod pretrain;
mod progress;
pub(crate) mod resume;
mod resume_hint;
pub(crate) mod step;
mod step_id;
mod step_result;
pub mod train;
mod validate;
