//! From image values to network inputs.

use serde::{Deserialize, Serialize};

use crate::error::SettingError;

/// Normalisation of values in 0..=1 for the network: `(value − mean) / deviation`, channel by channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Normalisation {
    /// Mean of red, green and blue.
    pub mean: [f64; 3],
    /// Standard deviation of red, green and blue.
    pub deviation: [f64; 3],
}

impl Default for Normalisation {
    fn default() -> Self {
        Self {
            mean: [0.5; 3],
            deviation: [0.25; 3],
        }
    }
}

impl Normalisation {
    /// Checks that every normalised value is finite.
    ///
    /// # Errors
    ///
    /// A mean that is not finite, or a deviation that is not above 0.
    pub fn validate(&self) -> Result<(), SettingError> {
        if let Some(mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            return Err(SettingError::new(
                "data.normalise.mean",
                "numbers",
                mean.to_string(),
            ));
        }
        match self
            .deviation
            .iter()
            .find(|value| !(value.is_finite() && **value > 0.0))
        {
            Some(value) => Err(SettingError::new(
                "data.normalise.deviation",
                "numbers above 0",
                value.to_string(),
            )),
            None => Ok(()),
        }
    }

    /// Normalises planar RGB in place.
    pub fn apply(&self, values: &mut [f32]) {
        let plane = values.len() / 3;
        for (channel, values) in values.chunks_exact_mut(plane.max(1)).take(3).enumerate() {
            let (mean, scale) = (
                self.mean[channel] as f32,
                (1.0 / self.deviation[channel]) as f32,
            );
            for value in values {
                *value = (*value - mean) * scale;
            }
        }
    }

    /// Converts normalised planar RGB back to image values, in place.
    pub fn undo(&self, values: &mut [f32]) {
        let plane = values.len() / 3;
        for (channel, values) in values.chunks_exact_mut(plane.max(1)).take(3).enumerate() {
            let (mean, scale) = (self.mean[channel] as f32, self.deviation[channel] as f32);
            for value in values {
                *value = *value * scale + mean;
            }
        }
    }
}
