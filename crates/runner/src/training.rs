//! Training: the loop in `train`, one step in `step`, and their parts.

pub(crate) mod class_weights;
pub(crate) mod ending;
pub(crate) mod gradients;
mod learning_rate;
mod live;
mod margin;
pub(crate) mod options;
pub(crate) mod prepare;
pub(crate) mod pretrain;
mod previews;
mod progress;
mod records;
pub(crate) mod resume;
mod resume_hint;
mod sign_of_life;
pub(crate) mod step;
mod step_id;
mod step_result;
mod tensorboard;
pub mod train;
mod validate;
pub(crate) mod warnings;
