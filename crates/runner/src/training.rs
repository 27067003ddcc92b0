//! Training: the loop in `train`, one step in `step`, and their parts.

pub(crate) mod gradients;
mod learning_rate;
mod live;
pub(crate) mod options;
pub(crate) mod prepare;
pub(crate) mod pretrain;
mod previews;
mod progress;
mod records;
pub(crate) mod resume;
mod resume_hint;
pub(crate) mod step;
mod step_id;
mod step_result;
mod tensorboard;
pub mod train;
mod validate;
mod warnings;
