//! Everything that a report needs from one run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use data::Split;
use loss::{ImageRule, LossName, PixelRule};
use metrics::Metric;
use serde::Deserialize;
use serde_json::Value;

use crate::error::RunnerError;
use crate::files::input::{IMAGES, NOTES, read_text};
use crate::recipe::Recipe;
use crate::report::names::Names;
use crate::report::options::MOST_RUNS;
use crate::run_folder::cases::{CaseLine, Truth};
use crate::run_folder::folder::{RunFolder, SUMMARY};
use crate::run_folder::image_history::ImageHistory;
use crate::run_folder::legs::Course;
use crate::run_folder::scores::EpochScores;
use crate::run_folder::trained_run::TrainedRun;
use crate::statistics::comparison::RunCases;
use crate::statistics::metric_statistics::{MetricStatistics, describe_cases};

/// A finished run, read whole.
pub(super) struct ReportedRun {
    /// What the page calls it.
    pub(super) name: String,
    pub(super) folder: RunFolder,
    pub(super) recipe: Recipe,
    /// Names of its classes, background first.
    pub(super) classes: Vec<String>,
    /// Scores of its test images.
    pub(super) cases: RunCases,
    /// Spread and interval of every metric.
    pub(super) statistics: Vec<MetricStatistics>,
    /// Its epochs.
    pub(super) scores: Vec<EpochScores>,
    /// `environment.json`.
    pub(super) environment: Value,
    /// `summary.json`.
    pub(super) summary: Value,
    /// Its images.
    pub(super) split: Vec<SplitLine>,
    /// How its training images fared; none if that is not known.
    pub(super) history: Option<ImageHistory>,
    /// Seconds of all epochs; none if they are not known.
    pub(super) seconds: Option<f64>,
    /// Names of its images, for the page.
    pub(super) image_names: Names,
    /// Numbers of its test images, from 1.
    numbers: BTreeMap<String, usize>,
}

/// A line of `split.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct SplitLine {
    pub(super) image: String,
    pub(super) patient: String,
    pub(super) split: Split,
}

/// The part of a line of `timings.jsonl` that is read.
#[derive(Deserialize)]
struct Timing {
    seconds: f64,
}

impl ReportedRun {
    /// Reads all runs; at least one, and not more than a page has room for.
    ///
    /// # Errors
    ///
    /// A folder is no run, or a run is not finished or lacks `cases.csv`.
    pub(super) fn read_all(runs: &[PathBuf], private: bool) -> Result<Vec<Self>, RunnerError> {
        if !(1..=MOST_RUNS).contains(&runs.len()) {
            return Err(RunnerError::mismatch(
                format!("1 to {MOST_RUNS} runs"),
                runs.len().to_string(),
                "give fewer runs; `selvedge experiment results` has tables of whole grids",
            ));
        }
        let names = shortest_names(runs);
        let read = runs.iter().zip(names).enumerate();
        read.map(|(index, (path, name))| {
            let name = match (private, runs.len()) {
                (false, _) => name,
                (true, 1) => "a training".to_string(),
                (true, _) => format!("run {}", index + 1),
            };
            Self::read(path, name, private)
        })
        .collect()
    }

    fn read(path: &Path, name: String, private: bool) -> Result<Self, RunnerError> {
        let TrainedRun {
            folder,
            recipe,
            classes,
        } = TrainedRun::open(path)?;
        let cases = RunCases::read(path)?;
        let summary = json(&path.join(SUMMARY), NOTES)?;
        let split_path = path.join("split.json");
        let split: Vec<SplitLine> = serde_json::from_str(&read_text(&split_path, IMAGES)?)
            .map_err(|error| RunnerError::unreadable(&split_path, error))?;
        let history = ImageHistory::read(path).unwrap_or_else(|error| {
            tracing::warn!("{}; the report is made without it", error.message());
            None
        });
        let image_names = if private {
            let of_history = history.iter().flat_map(|history| history.names.iter());
            let of_split = split.iter().map(|line| line.image.as_str());
            Names::hidden("image", of_split.chain(of_history.map(String::as_str)))
        } else {
            Names::open()
        };
        let mut numbers = BTreeMap::new();
        for line in &cases.lines {
            let next = numbers.len() + 1;
            numbers.entry(line.image.clone()).or_insert(next);
        }
        Ok(Self {
            name,
            numbers,
            scores: folder.read_scores()?,
            environment: json(&path.join("environment.json"), NOTES)?,
            statistics: describe_cases(&cases.lines),
            seconds: seconds(path),
            folder,
            recipe,
            classes,
            cases,
            summary,
            split,
            history,
            image_names,
        })
    }

    /// The statistics of a metric of a class, or of the mean over the classes.
    pub(super) fn statistic(
        &self,
        truth: Truth,
        metric: Metric,
        class: Option<&str>,
    ) -> Option<&MetricStatistics> {
        let mut all = self.statistics.iter();
        all.find(|one| one.truth == truth && one.metric == metric && one.class.as_deref() == class)
    }

    /// Names of the foreground classes.
    pub(super) fn foreground(&self) -> &[String] {
        self.classes.get(1..).unwrap_or_default()
    }

    /// Foreground classes that have scores against these labels.
    pub(super) fn scored_classes(&self, truth: Truth) -> Vec<&str> {
        let classes = self.foreground().iter().map(String::as_str);
        classes
            .filter(|class| self.statistic(truth, Metric::Dice, Some(class)).is_some())
            .collect()
    }

    /// The epoch whose network was evaluated: the first with the best Dice.
    pub(super) fn best_epoch(&self) -> Option<usize> {
        let mut best: Option<(usize, f64)> = None;
        for line in &self.scores {
            if let Some(dice) = line.dice
                && best.is_none_or(|(_, before)| dice > before)
            {
                best = Some((line.epoch, dice));
            }
        }
        best.map(|(epoch, _)| epoch)
    }

    /// How its training went; none if an earlier version trained it.
    pub(super) fn course(&self) -> Option<Course> {
        Course::of_summary(&self.summary)
    }

    /// Name and width of its network.
    pub(super) fn network_name(&self) -> String {
        let network = &self.recipe.model;
        format!("{}, width {}", spelt(&network.name), network.width)
    }

    /// Its loss in a few words.
    pub(super) fn loss_name(&self) -> String {
        let loss = &self.recipe.loss;
        match loss.name {
            LossName::Envelope => format!(
                "envelope (images {}, pixels {})",
                spelt(&loss.images),
                spelt(&loss.pixels)
            ),
            name => spelt(&name),
        }
    }

    /// Whether its loss weights images or drops pixels.
    pub(super) fn selects(&self) -> bool {
        let loss = &self.recipe.loss;
        loss.name == LossName::Envelope
            && (loss.images != ImageRule::Erm || loss.pixels != PixelRule::All)
    }

    /// Images and patients of a split.
    pub(super) fn counts(&self, split: Split) -> [usize; 2] {
        let lines = || self.split.iter().filter(|line| line.split == split);
        let patients: BTreeSet<&str> = lines().map(|line| line.patient.as_str()).collect();
        [lines().count(), patients.len()]
    }

    /// The test images with their Dice, each the mean over the classes that count (or of one class), from worst to best.
    pub(super) fn dice_by_image(&self, truth: Truth, class: Option<&str>) -> Vec<(&str, f64)> {
        let lines = self.cases.lines.iter().filter(|line| {
            line.truth == truth
                && line.metric == Metric::Dice
                && class.is_none_or(|class| line.class == class)
        });
        let mut found: Vec<(&str, Vec<f64>)> = Vec::new();
        for line in lines {
            let Some(value) = line.value else { continue };
            match found.last_mut() {
                Some((image, values)) if *image == line.image => values.push(value),
                _ => found.push((&line.image, vec![value])),
            }
        }
        let mut means: Vec<(&str, f64)> = found
            .into_iter()
            .filter_map(|(image, values)| Some((image, metrics::statistics::mean(&values)?)))
            .collect();
        means.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        means
    }

    /// The number of a test image on the page: its place in `cases.csv`; none if it is not there.
    pub(super) fn case_number(&self, image: &str) -> Option<usize> {
        self.numbers.get(image).copied()
    }

    /// The text at a path of `environment.json`.
    pub(super) fn noted(&self, pointer: &str) -> Option<String> {
        match self.environment.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }
}

/// The labels that all runs were scored against: the clean ones, if every run has them.
pub(super) fn common_truth(runs: &[ReportedRun]) -> Truth {
    let is_clean = |line: &CaseLine| line.truth == Truth::Clean;
    if runs.iter().all(|run| run.cases.lines.iter().any(is_clean)) {
        Truth::Clean
    } else {
        Truth::Noisy
    }
}

/// A name as recipes spell it.
pub(super) fn spelt(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The ends of the paths that tell the runs apart.
fn shortest_names(runs: &[PathBuf]) -> Vec<String> {
    let end = |path: &Path, parts: usize| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let all: Vec<String> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let names = |parts: usize| runs.iter().map(|run| end(run, parts)).collect::<Vec<_>>();
    // The folders of an experiment's runs have the names of their seeds.
    let fewest = if names(1).iter().any(|name| name.starts_with("seed-")) {
        2
    } else {
        1
    };
    for parts in fewest..6 {
        let names = names(parts);
        let different: BTreeSet<&String> = names.iter().collect();
        if different.len() == runs.len() {
            return names;
        }
    }
    runs.iter().map(|run| run.display().to_string()).collect()
}

fn json(path: &Path, most: u64) -> Result<Value, RunnerError> {
    serde_json::from_str(&read_text(path, most)?)
        .map_err(|error| RunnerError::unreadable(path, error))
}

/// Seconds of all epochs; a run of an earlier version may lack the file.
fn seconds(run: &Path) -> Option<f64> {
    let text = read_text(&run.join("timings.jsonl"), NOTES).ok()?;
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let seconds: Vec<f64> = lines.map(|line: Timing| line.seconds).collect();
    (!seconds.is_empty()).then(|| seconds.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_called_by_the_shortest_ends_of_their_paths_that_differ() {
        let runs = ["a/erm/seed-1", "a/topk/seed-1"].map(PathBuf::from);
        assert_eq!(shortest_names(&runs), ["erm/seed-1", "topk/seed-1"]);
        assert_eq!(shortest_names(&runs[..1]), ["erm/seed-1"]);
        assert_eq!(shortest_names(&["runs/burns".into()]), ["burns"]);
        let same = ["a/x", "a/x"].map(PathBuf::from);
        assert_eq!(shortest_names(&same), ["a/x", "a/x"]);
    }
}
