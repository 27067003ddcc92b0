//! The learning rate of a step.

use crate::recipe::sections::{ScheduleConfig, ScheduleName};

/// The rate of step `step`, from 0, of a training of `steps` steps, of which the first `warmup` rise linearly.
///
/// Constant; half a cosine (Loshchilov, Hutter, ICLR 2017); or polynomial (1 − t)^power; the latter two from `base` down
/// to `base · final_share`.
pub(crate) fn learning_rate(
    schedule: &ScheduleConfig,
    base: f64,
    step: usize,
    steps: usize,
    warmup: usize,
) -> f64 {
    if step < warmup {
        return base * (step + 1) as f64 / warmup as f64;
    }
    let time = (step - warmup) as f64 / (steps.saturating_sub(warmup)).max(1) as f64;
    let share = match schedule.name {
        ScheduleName::Constant => return base,
        ScheduleName::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * time).cos()),
        ScheduleName::Polynomial => (1.0 - time).powf(schedule.power),
    };
    base * (schedule.final_share + (1.0 - schedule.final_share) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: ScheduleName, step: usize) -> f64 {
        let schedule = ScheduleConfig {
            name,
            power: 0.9,
            final_share: 0.1,
            ..ScheduleConfig::default()
        };
        learning_rate(&schedule, 2.0, step, 110, 10)
    }

    #[test]
    fn every_schedule_rises_first_and_then_starts_from_its_base() {
        for name in [
            ScheduleName::Constant,
            ScheduleName::Cosine,
            ScheduleName::Polynomial,
        ] {
            assert!((at(name, 0) - 0.2).abs() < 1e-12);
            assert!((at(name, 9) - 2.0).abs() < 1e-12);
            assert!((at(name, 10) - 2.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_middle_and_the_end_are_where_the_formulas_put_them() {
        assert!((at(ScheduleName::Constant, 60) - 2.0).abs() < 1e-12);
        assert!((at(ScheduleName::Cosine, 60) - 1.1).abs() < 1e-12);
        let half = 0.2 + 1.8 * 0.5_f64.powf(0.9);
        assert!((at(ScheduleName::Polynomial, 60) - half).abs() < 1e-12);
        assert!((at(ScheduleName::Cosine, 110) - 0.2).abs() < 1e-12);
        assert!((at(ScheduleName::Polynomial, 110) - 0.2).abs() < 1e-12);
    }
}
