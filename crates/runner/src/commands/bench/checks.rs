//! Refuses settings that cannot be measured.

use crate::error::RunnerError;

pub(super) fn at_least_one(option: &str, value: usize) -> Result<(), RunnerError> {
    if value == 0 {
        return Err(RunnerError::mismatch("at least 1", "0", "give another number").at(option));
    }
    Ok(())
}
