//! The range of floating-point images.

use std::path::Path;

use crate::error::DataError;

/// Checks that floating-point values are finite and within 0 (black) to 1 (white).
pub(crate) fn check_brightness(path: &Path, values: &[f32]) -> Result<(), DataError> {
    let (low, high) = values
        .iter()
        .fold((f32::MAX, f32::MIN), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let broken = values.iter().find(|value| !value.is_finite());
    let found = match broken {
        Some(value) => value.to_string(),
        None if low < 0.0 || high > 1.0 => format!("values of {low} to {high}"),
        None => return Ok(()),
    };
    Err(DataError::new(
        path,
        "floating-point values of 0 (black) to 1 (white)",
        found,
        "scale the values into 0 to 1, or save the image with 8 or 16 bits",
    ))
}
