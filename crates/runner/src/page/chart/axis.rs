//! The axes of charts: from values to places, and round numbers at the ticks.

use std::ops::Range;

/// A range of values on a range of places.
pub(super) struct Axis {
    low: f64,
    high: f64,
    places: Range<f64>,
}

impl Axis {
    pub(super) fn new([low, high]: [f64; 2], places: Range<f64>) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, places }
    }

    /// The range of these values; a little more if they are all equal.
    pub(super) fn around(values: impl Iterator<Item = f64>, places: Range<f64>) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            Self::new([0.0, 1.0], places)
        } else {
            Self::new([low, high], places)
        }
    }

    /// Where a value lies; those beyond the range at its end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.places.start + share * (self.places.end - self.places.start)
    }

    /// Distance of about `count` round values.
    pub(super) fn step(&self, count: usize) -> f64 {
        let rough = (self.high - self.low) / count.max(1) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let fitting = steps.into_iter().find(|step| *step >= rough * 0.999);
        fitting.unwrap_or(10.0 * power)
    }

    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        self.multiples(self.step(count))
    }

    /// Ticks at whole numbers.
    pub(super) fn whole_ticks(&self, count: usize) -> Vec<f64> {
        self.multiples(self.step(count).max(1.0).round())
    }

    fn multiples(&self, step: f64) -> Vec<f64> {
        let first = (self.low / step - 1e-9).ceil();
        let ticks = (0..50).map(|index| (first + f64::from(index)) * step);
        ticks
            .take_while(|tick| *tick <= self.high + step * 1e-9)
            .collect()
    }
}

/// A coordinate.
pub(super) fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// A value of an axis whose values lie `step` apart.
pub(super) fn tick(value: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
    if value != 0.0 && (value.abs() >= 1e6 || step < 1e-5) {
        return format!("{value:.1e}");
    }
    // Without the sign of a rounded 0.
    format!(
        "{:.digits$}",
        if value.abs() < step / 2.0 { 0.0 } else { value }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(range: [f64; 2], count: usize) -> Vec<String> {
        let axis = Axis::new(range, 0.0..1.0);
        let ticks = axis.ticks(count).into_iter();
        ticks.map(|value| tick(value, axis.step(count))).collect()
    }

    #[test]
    fn axes_have_round_numbers() {
        assert_eq!(
            ticks([0.0, 1.0], 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            ticks([0.013, 0.03], 4),
            ["0.015", "0.020", "0.025", "0.030"]
        );
        assert_eq!(ticks([-2.0, 3.0], 5), ["-2", "-1", "0", "1", "2", "3"]);
        assert_eq!(ticks([0.0, 3e7], 3), ["0", "1.0e7", "2.0e7", "3.0e7"]);
        let epochs = Axis::new([1.0, 3.0], 0.0..1.0);
        assert_eq!(epochs.whole_ticks(7), [1.0, 2.0, 3.0]);
    }
}
