//! Training: the loop and what it is made of.

pub(crate) mod gradients;
mod learning_rate;
mod resume;
mod step;
mod step_result;
pub mod train;
mod validate;
