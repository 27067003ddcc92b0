//! A line for each epoch, for logs and for terminals that cannot be drawn in.

use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::error::RunnerError;
use crate::run_folder::folder::RunFolder;
use crate::run_folder::scores::EpochScores;
use crate::terminal::printing::print_text;
use crate::text::time::duration;
use crate::watch::watched_run::{Condition, WatchedRun};

const PAUSE: Duration = Duration::from_millis(500);

/// Prints the epochs so far, and each one that comes, until the run ends.
///
/// # Errors
///
/// The run has stopped before its end, or stdout is closed.
pub(crate) fn print(folder: &RunFolder) -> Result<(), RunnerError> {
    let mut printed = 0;
    let mut is_first = true;
    loop {
        let run = WatchedRun::read(folder, SystemTime::now());
        if std::mem::take(&mut is_first) {
            print_text(&heading(&run))?;
        }
        // A resumed run trains again what its last checkpoint does not contain.
        printed = printed.min(run.scores.len());
        for line in &run.scores[printed..] {
            print_text(&epoch_line(&run, line))?;
        }
        printed = run.scores.len();
        match &run.condition {
            Condition::Finished(_) => {
                let best = run.best().and_then(|best| Some((best.epoch, best.dice?)));
                let best = best.map_or(String::new(), |(epoch, dice)| {
                    format!(" Best: epoch {epoch}, a validation Dice of {dice:.3}.")
                });
                return print_text(&format!("{}{best}\n{}\n", run.sentence(), run.remedy()));
            }
            Condition::Stopped(_) => {
                let message = run.sentence();
                let message = message.trim_end_matches('.');
                let place = folder.path().display();
                return Err(RunnerError::failed(message, run.remedy()).at(place));
            }
            Condition::Running | Condition::Elsewhere(_) => sleep(PAUSE),
        }
    }
}

fn heading(run: &WatchedRun) -> String {
    let device = run.device.as_deref().unwrap_or("not known yet");
    format!("{}: device {device}\n", run.folder.path().display())
}

fn epoch_line(run: &WatchedRun, line: &EpochScores) -> String {
    let mut text = format!(
        "epoch {:>3}/{}   loss {:.4}",
        line.epoch,
        run.epochs(),
        line.train_loss
    );
    if let (Some(loss), Some(dice)) = (line.validation_loss, line.dice) {
        text += &format!("   validation loss {loss:.4}   Dice {dice:.3}");
        let classes: Vec<String> = line
            .per_class
            .iter()
            .filter_map(|class| Some(format!("{} {:.2}", class.name, class.dice?)))
            .collect();
        if classes.len() > 1 {
            text += &format!(" ({})", classes.join(", "));
        }
    }
    if let Some(seconds) = run.seconds.get(line.epoch - 1) {
        text += &format!("   {seconds:.1} s");
    }
    if line.epoch == run.done()
        && matches!(run.condition, Condition::Running | Condition::Elsewhere(_))
        && let Some(left) = run.seconds_left()
        && line.epoch < run.epochs()
    {
        text += &format!(", {} left", duration(left));
    }
    text + "\n"
}
