//! What a training writes after each epoch for people and programs to read: lines, tables, curves, previews, event files, the page.

use std::time::{Duration, Instant};

use data::{BatchSource, Dataset, LabelMap};

use crate::drawing::curves;
use crate::error::RunnerError;
use crate::recipe::sections::TrainConfig;
use crate::run_folder::epoch_timing::EpochTiming;
use crate::run_folder::event_files::EventFile;
use crate::run_folder::legs::{Course, Ended};
use crate::run_folder::previews::Previews;
use crate::run_folder::scores::EpochScores;
use crate::run_folder::scores_table;
use crate::run_folder::writer::RunWriter;
use crate::training::ending::longer;
use crate::training::live::{LivePage, State};
use crate::training::options::TrainOptions;
use crate::training::prepare::Prepared;
use crate::training::previews::WatchedImages;
use crate::training::sign_of_life::SignOfLife;
use crate::training::tensorboard;
use crate::training::warnings::{current_warnings, new_warnings};

/// The records of a training.
#[derive(Debug)]
pub(super) struct EpochRecords {
    class_names: Vec<String>,
    train: TrainConfig,
    pub(super) sign: SignOfLife,
    pub(super) watched: WatchedImages,
    page: LivePage,
    /// With `--log tensorboard`.
    events: Option<EventFile>,
    /// Time that previews, event files and the page have taken.
    cost: Duration,
}

impl EpochRecords {
    /// Chooses and writes the fixed images, and the page before the first epoch. What a resumed run trains again is removed.
    ///
    /// # Errors
    ///
    /// An image cannot be read, or the disk's error.
    pub(super) fn begin(
        options: &TrainOptions,
        prepared: &Prepared<'_>,
    ) -> Result<Self, RunnerError> {
        let start = Instant::now();
        let (recipe, folder) = (&options.recipe, &prepared.folder);
        let dataset: &Dataset = &prepared.dataset;
        let sources = [&prepared.source, &prepared.validation];
        let done = prepared.state.epoch - 1;
        Previews::truncate_after(folder, done)?;
        let watched = WatchedImages::choose(recipe, dataset, sources)?;
        watched.write(folder)?;
        let events = if options.tensorboard || EventFile::exists_in(folder) {
            Some(EventFile::begin(folder, done)?)
        } else {
            None
        };
        let count = |source: &BatchSource| source.len().to_string();
        let facts = vec![
            ("recipe", recipe.name.clone()),
            ("network", recipe.model.name.as_str().to_string()),
            ("data", dataset.root.display().to_string()),
            ("images to train", count(&prepared.source)),
            ("images to validate", count(&prepared.validation)),
            ("device", prepared.device_name.clone()),
        ];
        let class_names = dataset.class_names.clone();
        let mut records = Self {
            page: LivePage::new(&recipe.name, facts, &class_names, &recipe.train, folder),
            class_names,
            train: recipe.train.clone(),
            sign: SignOfLife::new(prepared.training.steps_per_epoch),
            watched,
            events,
            cost: Duration::ZERO,
        };
        records.show(folder, &folder.read_scores()?, &State::Starting);
        records.cost += start.elapsed();
        Ok(records)
    }

    /// Writes the records of a finished epoch, except for checkpoints, and why the training ends with it, if it does. Returns the
    /// warnings that it gives rise to.
    ///
    /// # Errors
    ///
    /// The disk's error.
    pub(super) fn write(
        &mut self,
        folder: &RunWriter,
        line: &EpochScores,
        timing: EpochTiming,
        predicted: Option<&[LabelMap]>,
        ended: Option<Ended>,
    ) -> Result<Vec<String>, RunnerError> {
        folder.append_scores(line, timing)?;
        let scores = folder.read_scores()?;
        curves::write(
            &folder.path().join("curves.svg"),
            &scores,
            &self.class_names,
        )?;

        let start = Instant::now();
        let table = scores_table::table(&scores, &self.class_names)?;
        folder.write_record(scores_table::FILE, &table)?;
        let previews = &self.watched.previews;
        let predicted = predicted.filter(|predicted| !predicted.is_empty());
        if let Some(predicted) = predicted {
            previews.write_predictions(folder, line.epoch, predicted)?;
        }
        if let Some(events) = &mut self.events {
            let mut values = tensorboard::numbers(line, timing, &self.class_names);
            if let Some(predicted) = predicted {
                values.extend(tensorboard::images(previews, predicted)?);
            }
            events.append(line.epoch, values)?;
        }
        self.page.note(timing);
        self.show(folder, &scores, &State::Training);
        self.cost += start.elapsed();
        let end = ended.map_or(self.train.epochs, |_| line.epoch);
        let longer = longer(
            ended.unwrap_or(Ended::AllEpochs),
            &self.train,
            folder.path(),
        );
        Ok(new_warnings(&scores, end, &longer))
    }

    /// All epochs are done, and the best one is evaluated on the test images.
    pub(super) fn evaluate(&mut self, folder: &RunWriter, course: Course) {
        let start = Instant::now();
        self.sign.evaluate(folder);
        let scores = folder.read_scores().unwrap_or_default();
        self.show(folder, &scores, &State::Evaluating(course));
        self.cost += start.elapsed();
    }

    /// Writes the page of a training that has ended: how it went, or the error that ended it.
    pub(super) fn end(&mut self, folder: &RunWriter, result: Result<&Course, &RunnerError>) {
        let start = Instant::now();
        let state = match result {
            Ok(course) => State::Finished(course.clone()),
            Err(error) => State::Stopped(error.message()),
        };
        // What cannot be read is not shown; the training's own error counts.
        let scores = folder.read_scores().unwrap_or_default();
        self.show(folder, &scores, &state);
        if let Err(error) = result {
            self.sign.stop(folder, error.message());
        }
        self.cost += start.elapsed();
        tracing::debug!(
            "previews, event files and live.html took {:.3} s",
            self.cost.as_secs_f64()
        );
    }

    fn show(&mut self, folder: &RunWriter, scores: &[EpochScores], state: &State) {
        let (ended, end) = match state {
            State::Evaluating(course) | State::Finished(course) => {
                (course.ended, course.trained_epochs)
            }
            _ => (Ended::AllEpochs, self.train.epochs),
        };
        let longer = longer(ended, &self.train, folder.path());
        let warnings = current_warnings(scores, end, &longer, &self.class_names);
        let previews = &self.watched.previews;
        self.page.write(folder, scores, &warnings, previews, state);
    }

    /// Adds time that previews have taken elsewhere.
    pub(super) fn add_cost(&mut self, time: Duration) {
        self.cost += time;
    }
}
