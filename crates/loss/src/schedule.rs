//! The fraction of images that is kept, and the sharpness of the selection, by epoch (the paper's §5.1).

use crate::config::{ImageRule, LossConfig, Smoothing};

/// κ and α as functions of the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    images: ImageRule,
    kept_images: f64,
    window: [f64; 2],
    smoothing: Smoothing,
    alpha: f64,
    alpha_end: f64,
}

impl Schedule {
    /// The schedules of `config`.
    #[must_use]
    pub fn new(config: &LossConfig) -> Self {
        Self {
            images: config.images,
            kept_images: config.kept_images,
            window: config.window,
            smoothing: config.smoothing,
            alpha: config.alpha,
            alpha_end: config.alpha_end,
        }
    }

    /// κ at `epoch` (1-based) of `epochs`: the fraction of images that the rule keeps.
    ///
    /// Epoch 1 keeps all, since it has no ranks. `top_k_decreasing` follows κ(e) = 1 − (1 − κ)(e−1)/(E−1);
    /// `bottom_k_increasing` follows κ(e) = κ + (1 − κ)(e−2)/(E−2); a `window` keeps its width.
    #[must_use]
    pub fn kept_fraction(&self, epoch: usize, epochs: usize) -> f64 {
        match self.images {
            _ if epoch <= 1 => 1.0,
            ImageRule::Erm => 1.0,
            ImageRule::TopK => self.kept_images,
            ImageRule::TopKDecreasing => 1.0 - (1.0 - self.kept_images) * progress(epoch, epochs),
            // From κ at epoch 2, the first with ranks, to all at the last.
            ImageRule::BottomKIncreasing => {
                self.kept_images
                    + (1.0 - self.kept_images)
                        * progress(epoch.saturating_sub(1), epochs.saturating_sub(1))
            }
            ImageRule::Window => self.window[1] - self.window[0],
        }
    }

    /// α at `epoch` (1-based) of `epochs`, or `None` for a hard edge.
    ///
    /// `decreasing` follows α(e) = α·(`alpha_end`/α)^((e−1)/(E−1)).
    #[must_use]
    pub fn steepness(&self, epoch: usize, epochs: usize) -> Option<f64> {
        match self.smoothing {
            Smoothing::None => None,
            Smoothing::Constant => Some(self.alpha),
            Smoothing::Decreasing => {
                let ratio = self.alpha_end / self.alpha;
                Some(self.alpha * ratio.powf(progress(epoch, epochs)))
            }
        }
    }
}

/// (e−1)/(E−1), from 0 at the first epoch to 1 at the last; 0 for a run of one epoch.
fn progress(epoch: usize, epochs: usize) -> f64 {
    if epochs <= 1 {
        return 0.0;
    }
    let passed = epoch.saturating_sub(1) as f64 / (epochs - 1) as f64;
    passed.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(images: ImageRule, smoothing: Smoothing) -> Schedule {
        Schedule::new(&LossConfig {
            images,
            smoothing,
            kept_images: 0.4,
            window: [0.1, 0.7],
            alpha: 100.0,
            alpha_end: 1.0,
            ..LossConfig::default()
        })
    }

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn kept_fraction_falls_linearly_from_all_to_its_end() {
        let schedule = schedule(ImageRule::TopKDecreasing, Smoothing::None);
        for (epoch, expected) in [(1, 1.0), (2, 0.85), (3, 0.7), (5, 0.4), (9, 0.4)] {
            close(schedule.kept_fraction(epoch, 5), expected);
        }
    }

    #[test]
    fn self_paced_learning_begins_with_the_easiest_and_ends_with_all() {
        let schedule = schedule(ImageRule::BottomKIncreasing, Smoothing::None);
        for (epoch, expected) in [(1, 1.0), (2, 0.4), (3, 0.6), (4, 0.8), (5, 1.0)] {
            close(schedule.kept_fraction(epoch, 5), expected);
        }
        // Without an epoch to grow in, it stays where it begins.
        close(schedule.kept_fraction(2, 2), 0.4);
    }

    #[test]
    fn fixed_rules_begin_at_the_second_epoch() {
        for (rule, later) in [
            (ImageRule::Erm, 1.0),
            (ImageRule::TopK, 0.4),
            (ImageRule::Window, 0.6),
        ] {
            let schedule = schedule(rule, Smoothing::None);
            close(schedule.kept_fraction(1, 5), 1.0);
            close(schedule.kept_fraction(2, 5), later);
            close(schedule.kept_fraction(5, 5), later);
        }
    }

    #[test]
    fn steepness_falls_geometrically() {
        let decreasing = schedule(ImageRule::TopK, Smoothing::Decreasing);
        for (epoch, expected) in [(1, 100.0), (2, 10.0), (3, 1.0)] {
            close(decreasing.steepness(epoch, 3).unwrap_or(f64::NAN), expected);
        }
        let constant = schedule(ImageRule::TopK, Smoothing::Constant);
        assert_eq!(constant.steepness(3, 3), Some(100.0));
        assert_eq!(
            schedule(ImageRule::TopK, Smoothing::None).steepness(3, 3),
            None
        );
    }

    #[test]
    fn a_run_of_one_epoch_stays_at_its_start() {
        let schedule = schedule(ImageRule::TopKDecreasing, Smoothing::Decreasing);
        close(schedule.kept_fraction(1, 1), 1.0);
        assert_eq!(schedule.steepness(1, 1), Some(100.0));
    }
}
