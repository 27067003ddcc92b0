//! What a training shows on stderr: a bar during an epoch, and a line after it.

use indicatif::ProgressBar;

use crate::run_folder::epoch_sums::EpochSums;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::scores::EpochScores;
use crate::terminal::progress::Progress;
use crate::text::time::duration;

/// The fraction of an epoch's time above which its wait for data is reported.
const WORTH_SAYING: f64 = 0.02;

impl Progress {
    /// The bar of an epoch's steps.
    pub(crate) fn epoch(
        self,
        epoch: usize,
        epochs: usize,
        steps: usize,
        done: usize,
    ) -> ProgressBar {
        let bar = self.bar(
            steps,
            &format!(
                "epoch {epoch:>3}/{epochs} {{bar:24}} {{pos}}/{{len}} steps, {{eta}} to its end{{msg}}"
            ),
        );
        bar.set_position(done as u64);
        bar.reset_eta();
        bar
    }

    /// Advances the bar after a step.
    pub(crate) fn step(self, bar: &ProgressBar, sums: &EpochSums) {
        if self.bars {
            bar.set_message(format!(
                "   loss {:.4}   keeps {:.0} % of the pixels, {:.0} % of the images",
                sums.mean_loss(),
                100.0 * sums.kept_pixels(),
                100.0 * sums.kept_images()
            ));
        }
        bar.inc(1);
    }

    /// Replaces the bar by the line of a finished epoch.
    pub(crate) fn epoch_line(
        self,
        bar: &ProgressBar,
        line: &EpochScores,
        epochs: usize,
        names: &[String],
        timing: EpochTiming,
    ) {
        bar.finish_and_clear();
        if !self.lines {
            return;
        }
        let mut text = format!(
            "epoch {:>3}/{epochs}   loss {:.4}",
            line.epoch, line.train_loss
        );
        if let (Some(loss), Some(dice)) = (line.validation_loss, line.dice) {
            text += &format!("   validation loss {loss:.4}   Dice {dice:.3} (");
            let classes: Vec<String> = line
                .per_class
                .iter()
                .map(|class| {
                    let dice = class.dice.map_or("–".into(), |dice| format!("{dice:.2}"));
                    format!("{} {dice}", class.name)
                })
                .collect();
            text += &classes.join(", ");
            text += ")";
        }
        let kept: Vec<String> = line
            .kept_per_class
            .iter()
            .map(|kept| kept.map_or("–".into(), |kept| format!("{:.0}", 100.0 * kept)))
            .collect();
        text += &format!(
            "   kept: images {:.0} %, pixels {:.0} % (by class {})   {:.1} s",
            100.0 * line.kept_images,
            100.0 * line.kept_pixels,
            kept.join(" "),
            timing.whole.as_secs_f64()
        );
        if timing.waited_for_data > timing.whole.mul_f64(WORTH_SAYING) {
            text += &format!(
                ", {:.1} s of it waiting for data",
                timing.waited_for_data.as_secs_f64()
            );
        }
        let left = epochs.saturating_sub(line.epoch);
        if left > 0 {
            text += &format!(
                ", {} left",
                duration(timing.whole.as_secs_f64() * left as f64)
            );
        }
        tracing::info!("{text}");
        let dropped = line.mostly_dropped(names);
        if !dropped.is_empty() {
            tracing::warn!(
                "the pixel rule sets aside more than half of the pixels of: {}; loss.sigma_scope = \"class\" or a larger loss.sigma keeps them",
                dropped.join(", ")
            );
        }
    }
}
