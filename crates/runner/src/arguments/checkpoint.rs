//! Which of a run's checkpoints.

use clap::ValueEnum;

use crate::run_folder::folder::{BEST, LAST};

/// Which of a run's checkpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckpointName {
    /// That of the epoch with the best validation scores.
    #[default]
    Best,
    /// The newest.
    Last,
}

impl CheckpointName {
    /// Its folder in the run's folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Best => BEST,
            Self::Last => LAST,
        }
    }
}
