//! Refuses settings that cannot be measured.

use crate::error::RunnerError;

pub(super) fn at_least_one(option: &str, value: usize) -> Result<(), RunnerError> {
    if value == 0 {
        return Err(RunnerError::fixable(
            format!("{option}: expected at least 1, found 0"),
            "give another number",
        ));
    }
    Ok(())
}
