//! Refuses settings out of range.

use std::fmt::Display;

use data::setting_advice;

use crate::error::RunnerError;
use crate::recipe::Recipe;

/// Most epochs of a training: more would never finish, and the count of steps could overflow.
const MOST_EPOCHS: usize = 1_000_000;
/// Most hours of a training: more than a century, and of no use.
const MOST_HOURS: f64 = 1e6;
/// Most previews: a page shows them next to each other.
const MOST_PREVIEWS: usize = 16;

impl Recipe {
    /// Checks what can be checked without data or device.
    ///
    /// # Errors
    ///
    /// The first setting out of range.
    pub fn validate(&self) -> Result<(), RunnerError> {
        let positive = [
            (
                "data.size",
                *self.data.size.iter().min().expect("two sides"),
            ),
            ("train.epochs", self.train.epochs),
            ("train.batch_size", self.train.batch_size),
            ("train.accumulate", self.train.accumulate),
            ("train.workers", self.train.workers),
            ("train.evaluate_every", self.train.evaluate_every),
            ("train.checkpoint_every", self.train.checkpoint_every),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(out_of_range(key, "at least 1", 0));
            }
        }
        if self.train.epochs > MOST_EPOCHS {
            let expected = format!("1 to {MOST_EPOCHS}");
            return Err(out_of_range("train.epochs", &expected, self.train.epochs));
        }
        if self.train.previews > MOST_PREVIEWS {
            let expected = format!("0 to {MOST_PREVIEWS}");
            return Err(out_of_range(
                "train.previews",
                &expected,
                self.train.previews,
            ));
        }
        if self.train.patience > MOST_EPOCHS {
            let expected = format!("0 (off) to {MOST_EPOCHS}");
            return Err(out_of_range(
                "train.patience",
                &expected,
                self.train.patience,
            ));
        }
        let ranges = [
            ("train.max_hours", self.train.max_hours, 0.0, MOST_HOURS),
            (
                "optimizer.learning_rate",
                self.optimizer.learning_rate,
                1e-12,
                100.0,
            ),
            (
                "optimizer.weight_decay",
                self.optimizer.weight_decay,
                0.0,
                10.0,
            ),
            ("optimizer.momentum", self.optimizer.momentum, 0.0, 0.9999),
            ("optimizer.clip_norm", self.optimizer.clip_norm, 0.0, 1e12),
            ("schedule.power", self.schedule.power, 0.0, 100.0),
            ("schedule.final_share", self.schedule.final_share, 0.0, 1.0),
        ];
        for (key, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                return Err(out_of_range(key, &format!("{low} to {high}"), value));
            }
        }
        if i32::from(self.data.options.ignore) != self.loss.ignore {
            return Err(out_of_range(
                "loss.ignore",
                &format!("data.ignore, which is {}", self.data.options.ignore),
                self.loss.ignore,
            ));
        }
        // The number of classes is known with the data; until then, the number of class weights.
        let classes = self.loss.class_weights.numbers().len().max(2);
        self.model.validate(classes)?;
        self.model.check_batches(self.train.batch_size, None)?;
        if self.loss.skip_below > 0.0 && !self.model.trains_on_one_image() {
            return Err(out_of_range(
                "loss.skip_below",
                &format!(
                    "0 for {}, which cannot train on a batch that loses all images but one",
                    self.model.name.as_str()
                ),
                self.loss.skip_below,
            ));
        }
        self.loss.validate(classes)?;
        self.augment.validate()?;
        self.augment.crop.check_size(self.data.size)?;
        self.data.normalise.validate()?;
        Ok(())
    }
}

fn out_of_range(key: &str, expected: &str, found: impl Display) -> RunnerError {
    RunnerError::mismatch(expected, found.to_string(), setting_advice("change it")).at(key)
}
