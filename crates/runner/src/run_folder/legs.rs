//! `legs.json`: the parts of a training that were planned one after another, and why the last one ended.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::RunnerError;
use crate::files::input::{NOTES, read_text};
use crate::recipe::Recipe;
use crate::recipe::sections::ScheduleName;
use crate::run_folder::folder::{RunFolder, SUMMARY};
use crate::run_folder::writer::RunWriter;
use crate::text::time::readable_time;

const FILE: &str = "legs.json";

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// All epochs are trained.
    AllEpochs,
    /// The validation Dice no longer improved: `train.patience`.
    Patience,
    /// The run had taken `train.max_hours`.
    MaxHours,
}

/// How long a training shall take: what a new leg may change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// `train.epochs`: of the whole run, earlier legs included.
    pub(crate) epochs: usize,
    /// `train.patience`.
    pub(crate) patience: usize,
    /// `train.max_hours`.
    pub(crate) max_hours: f64,
    /// The learning-rate schedule, whose length is `epochs`.
    pub(crate) schedule: ScheduleName,
}

/// A part of a training with a plan of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Leg {
    /// Its first epoch, from 1.
    pub(crate) from_epoch: usize,
    /// Steps of that epoch that the previous leg has trained.
    #[serde(default)]
    pub(crate) from_step: usize,
    #[serde(flatten)]
    pub(crate) plan: Plan,
    /// When it began, in UTC.
    pub(crate) started: String,
}

/// Time of an epoch that was interrupted: its line of `timings.jsonl` is yet to come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Unfinished {
    epoch: usize,
    step: usize,
    seconds: f64,
}

/// The legs of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Legs {
    pub(crate) legs: Vec<Leg>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<Unfinished>,
}

/// How a training went, for `summary.json`. Nothing in it depends on the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Course {
    /// Why it ended.
    pub(crate) ended: Ended,
    /// The epochs that it trained.
    pub(crate) trained_epochs: usize,
    /// Its legs.
    pub(crate) legs: Vec<LegCourse>,
}

/// A leg in a [`Course`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LegCourse {
    /// Its first and its last epoch.
    pub(crate) trained: [usize; 2],
    #[serde(flatten)]
    pub(crate) plan: Plan,
}

impl Plan {
    /// The plan of a recipe.
    pub(crate) fn of(recipe: &Recipe) -> Self {
        Self {
            epochs: recipe.train.epochs,
            patience: recipe.train.patience,
            max_hours: recipe.train.max_hours,
            schedule: recipe.schedule.name,
        }
    }
}

impl Leg {
    /// A leg that begins now.
    pub(crate) fn beginning(from_epoch: usize, from_step: usize, plan: Plan) -> Self {
        Self {
            from_epoch,
            from_step,
            plan,
            started: readable_time(SystemTime::now()),
        }
    }
}

impl Legs {
    /// The first leg of a run.
    pub(crate) fn first(plan: Plan) -> Self {
        Self {
            legs: vec![Leg::beginning(1, 0, plan)],
            unfinished: None,
        }
    }

    /// The legs of a run; none in a run of an earlier version.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or contains something else.
    pub(crate) fn read(run: &Path) -> Result<Option<Self>, RunnerError> {
        let path = path(run);
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let text = read_text(&path, NOTES)?;
        let advice = "restore the file, or remove it: the run then counts as one leg";
        let legs: Self = serde_json::from_str(&text).map_err(|error| {
            RunnerError::mismatch("the legs of a run", error.to_string(), advice)
                .at(path.display())
                .caused_by(error)
        })?;
        if legs.legs.is_empty() {
            let error = RunnerError::mismatch("at least one leg", "none", advice);
            return Err(error.at(path.display()));
        }
        Ok(Some(legs))
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(crate) fn write(&self, run: &RunWriter) -> Result<(), RunnerError> {
        run.write_json(FILE, self)
    }

    /// The newest leg.
    pub(crate) fn last(&self) -> &Leg {
        self.legs.last().expect("a run has a leg")
    }

    /// Replaces the plan of the newest leg.
    pub(crate) fn replan(&mut self, plan: Plan) {
        if let Some(last) = self.legs.last_mut() {
            last.plan = plan;
        }
    }

    /// The number of the leg that trains now, from 2; none in the first.
    pub(crate) fn later(&self) -> Option<usize> {
        (self.legs.len() > 1).then_some(self.legs.len())
    }

    /// Notes how long an epoch has taken that is interrupted after `step`.
    pub(crate) fn interrupt(&mut self, epoch: usize, step: usize, time: Duration) {
        self.unfinished = Some(Unfinished {
            epoch,
            step,
            seconds: time.as_secs_f64(),
        });
    }

    /// The time that the epoch under way took before it was interrupted after `step`, as far as it is known.
    pub(crate) fn time_before(&self, epoch: usize, step: usize) -> Duration {
        self.unfinished
            .filter(|noted| (noted.epoch, noted.step) == (epoch, step))
            .and_then(|noted| Duration::try_from_secs_f64(noted.seconds).ok())
            .unwrap_or_default()
    }

    /// How a training went that has ended after `trained_epochs`.
    pub(crate) fn course(&self, ended: Ended, trained_epochs: usize) -> Course {
        let ends = self.legs.iter().skip(1).map(|next| {
            let shares_an_epoch = usize::from(next.from_step > 0);
            let end = next.from_epoch.saturating_add(shares_an_epoch);
            end.saturating_sub(1)
        });
        let ends = ends.chain([trained_epochs]);
        Course {
            ended,
            trained_epochs,
            legs: self
                .legs
                .iter()
                .zip(ends)
                .map(|(leg, end)| LegCourse {
                    trained: [leg.from_epoch, end],
                    plan: leg.plan,
                })
                .collect(),
        }
    }
}

impl Course {
    /// The course that a summary contains; none in that of an earlier version.
    pub(crate) fn of_summary(summary: &Value) -> Option<Self> {
        Self::deserialize(summary).ok()
    }

    /// The course that the summary of a run contains.
    pub(crate) fn of_run(run: &RunFolder) -> Option<Self> {
        let text = read_text(&run.path().join(SUMMARY), NOTES).ok()?;
        Self::of_summary(&serde_json::from_str(&text).ok()?)
    }

    /// The legs as a sentence; none if there is only one.
    pub(crate) fn legs_in_words(&self) -> Option<String> {
        if self.legs.len() < 2 {
            return None;
        }
        let legs: Vec<String> = self
            .legs
            .iter()
            .enumerate()
            .map(|(index, leg)| {
                let [first, last] = leg.trained;
                format!(
                    "leg {}: epochs {first} to {last}, with the learning rate of a training of {} epochs",
                    index + 1,
                    leg.plan.epochs
                )
            })
            .collect();
        let planned = self.legs[0].plan.epochs;
        let differs = if self.legs.iter().all(|leg| leg.plan.epochs == planned) {
            ""
        } else {
            ", so it differs from one training of this length"
        };
        Some(format!(
            "It was trained in {} legs{differs}: {}.",
            self.legs.len(),
            legs.join("; ")
        ))
    }

    /// Why it ended, as a sentence.
    pub(crate) fn ending_in_words(&self) -> String {
        let trained = self.trained_epochs;
        let Some(plan) = self.legs.last().map(|leg| leg.plan) else {
            return format!("It ended after {trained} epochs.");
        };
        let planned = plan.epochs;
        match self.ended {
            Ended::AllEpochs => format!("All {planned} epochs are trained."),
            Ended::Patience => format!(
                "It ended after {trained} of {planned} epochs, since the validation Dice had not improved for {} scored epochs \
                 (train.patience).",
                plan.patience
            ),
            Ended::MaxHours => format!(
                "It ended after {trained} of {planned} epochs, since it had taken {} h (train.max_hours).",
                plan.max_hours
            ),
        }
    }
}

fn path(run: &Path) -> PathBuf {
    run.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(epochs: usize) -> Plan {
        Plan {
            epochs,
            patience: 3,
            max_hours: 1.5,
            schedule: ScheduleName::Cosine,
        }
    }

    #[test]
    fn legs_end_where_the_next_one_begins() {
        let mut legs = Legs::first(plan(20));
        assert_eq!((legs.later(), legs.last().from_epoch), (None, 1));
        legs.legs.push(Leg::beginning(21, 0, plan(40)));
        legs.legs.push(Leg::beginning(31, 2, plan(60)));
        assert_eq!(legs.later(), Some(3));
        let course = legs.course(Ended::Patience, 50);
        let epochs: Vec<_> = course.legs.iter().map(|leg| leg.trained).collect();
        assert_eq!(epochs, [[1, 20], [21, 31], [31, 50]]);
        let words = course.legs_in_words().expect("several");
        assert!(words.contains("leg 2: epochs 21 to 31"), "{words}");
        let ending = course.ending_in_words();
        assert!(
            ending.contains("50 of 60") && ending.contains("3 scored"),
            "{ending}"
        );
        let read = Course::of_summary(&serde_json::to_value(&course).expect("JSON"));
        assert_eq!(read, Some(course));
    }

    #[test]
    fn the_time_of_an_interrupted_epoch_counts_once() {
        let mut legs = Legs::first(plan(20));
        legs.interrupt(4, 6, Duration::from_millis(12_500));
        assert_eq!(legs.time_before(4, 6), Duration::from_millis(12_500));
        // A later checkpoint does not contain those steps.
        assert_eq!(legs.time_before(4, 0), Duration::ZERO);
        assert_eq!(legs.time_before(5, 6), Duration::ZERO);
        // A file that was changed by hand.
        if let Some(noted) = &mut legs.unfinished {
            noted.seconds = -1.0;
        }
        assert_eq!(legs.time_before(4, 6), Duration::ZERO);
    }

    #[test]
    fn what_is_no_list_of_legs_is_refused_with_advice() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Legs::read(folder.path()).expect("none"), None);
        for text in ["", "{}", "{\"legs\": []}", "[1]"] {
            std::fs::write(folder.path().join(FILE), text).expect("written");
            let error = Legs::read(folder.path()).expect_err("refused");
            assert!(error.advice.contains("remove it"), "{error}");
        }
    }
}
