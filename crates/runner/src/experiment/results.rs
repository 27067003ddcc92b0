//! The scores of an experiment's finished runs, by network and row.

use std::collections::BTreeSet;
use std::path::Path;

use data::Split;
use metrics::Metric;
use serde_json::Value;

use crate::error::RunnerError;
use crate::experiment::grid::Grid;
use crate::experiment::plan::Plan;
use crate::experiment::state::State;
use crate::files::input::{NOTES, read_text};
use crate::run_folder::cases::Truth;
use crate::run_folder::folder::SUMMARY;
use crate::statistics::comparison::{
    Difference, GroupScore, RunCases, compare, correct, score_group,
};
use crate::statistics::patient_scores::Measure;

/// The runs of a network with a row.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Name of the network.
    pub(crate) network: String,
    /// Name of the row.
    pub(crate) row: String,
    /// Runs of the plan.
    pub(crate) planned: usize,
    /// Runs that failed.
    pub(crate) failed: usize,
    /// Runs that diverged: their numbers left the finite ones, or their best epoch is worse than a classifier of colours.
    pub(crate) diverged: usize,
    /// Finished runs.
    pub(crate) runs: Vec<RunCases>,
    /// By metric.
    pub(crate) scores: Vec<Option<GroupScore>>,
    /// By metric; none for baselines.
    pub(crate) differences: Vec<Option<Difference>>,
}

/// The scores of an experiment.
#[derive(Debug)]
pub(crate) struct Results {
    /// Its grid.
    pub(crate) grid: Grid,
    /// Name of the scale.
    pub(crate) scale: String,
    /// Seeds.
    pub(crate) seeds: Vec<u64>,
    /// Against which labels.
    pub(crate) truth: Truth,
    /// Versions of the program and devices that its runs were trained with.
    pub(crate) origins: BTreeSet<String>,
    /// In the order of the grid.
    pub(crate) cells: Vec<Cell>,
}

impl Results {
    /// Reads the finished runs of a plan.
    ///
    /// # Errors
    ///
    /// A file of a finished run cannot be read.
    pub(crate) fn read(plan: &Plan, experiment: &Path) -> Result<Self, RunnerError> {
        let grid = plan.grid()?;
        let mut cells: Vec<Cell> = Vec::new();
        let mut seeds = Vec::new();
        let mut origins = BTreeSet::new();
        for item in &plan.items {
            if !seeds.contains(&item.seed) {
                seeds.push(item.seed);
            }
            let there = cells
                .iter()
                .position(|cell| cell.network == item.network && cell.row == item.row);
            let place = there.unwrap_or_else(|| {
                cells.push(Cell {
                    network: item.network.clone(),
                    row: item.row.clone(),
                    planned: 0,
                    failed: 0,
                    diverged: 0,
                    runs: Vec::new(),
                    scores: Vec::new(),
                    differences: Vec::new(),
                });
                cells.len() - 1
            });
            let cell = &mut cells[place];
            cell.planned += 1;
            match State::of(item, experiment) {
                State::Finished => {
                    let folder = item.folder(experiment);
                    cell.runs.push(RunCases::read(&folder)?);
                    cell.diverged += usize::from(is_worse_than_colours(&folder)?);
                    origins.extend(origin(&folder));
                }
                State::Failed(failure) => {
                    cell.failed += 1;
                    cell.diverged += usize::from(failure.diverged);
                }
                State::Running(_) | State::Stopped(_) | State::Missing => {}
            }
        }
        let truth = grid.truth.unwrap_or_else(|| {
            let mut runs = cells.iter().flat_map(|cell| &cell.runs).peekable();
            let has_clean =
                |run: &RunCases| run.lines.iter().any(|line| line.truth == Truth::Clean);
            if runs.peek().is_some() && runs.all(has_clean) {
                Truth::Clean
            } else {
                Truth::Noisy
            }
        });
        let mut results = Self {
            grid,
            scale: plan.scale.clone(),
            seeds,
            truth,
            origins,
            cells,
        };
        results.score();
        Ok(results)
    }

    /// The measure of a metric.
    pub(crate) fn measure(&self, metric: Metric) -> Measure {
        Measure {
            split: Split::Test,
            truth: self.truth,
            metric,
            class: None,
        }
    }

    /// The cell of a network and a row.
    pub(crate) fn cell(&self, network: &str, row: &str) -> Option<&Cell> {
        let same = |cell: &&Cell| cell.network == network && cell.row == row;
        self.cells.iter().find(same)
    }

    /// The cell that a cell is compared with; none for a baseline.
    pub(crate) fn baseline_of(&self, cell: &Cell) -> Option<&Cell> {
        let row = self.grid.rows.iter().find(|row| row.name == cell.row)?;
        let baseline = self.grid.baseline_of(row)?;
        (baseline.name != row.name).then(|| self.cell(&cell.network, &baseline.name))?
    }

    fn score(&mut self) {
        for metric in self.grid.metrics.clone() {
            let measure = self.measure(metric);
            let scores: Vec<Option<GroupScore>> = self
                .cells
                .iter()
                .map(|cell| score_group(&cell.runs, &measure))
                .collect();
            let compared = |cell: &Cell| {
                let [runs, baseline] = common_seeds(cell, self.baseline_of(cell)?);
                compare(&runs, &baseline, &measure).ok()
            };
            let mut found: Vec<Option<Difference>> = self.cells.iter().map(compared).collect();
            // Corrected for all comparisons of this metric in the table.
            let mut all: Vec<Difference> = found.iter().flatten().cloned().collect();
            correct(&mut all);
            let mut corrected = all.into_iter();
            for difference in found.iter_mut().flatten() {
                if let Some(with) = corrected.next() {
                    *difference = with;
                }
            }
            for ((cell, score), difference) in self.cells.iter_mut().zip(scores).zip(found) {
                cell.scores.push(score);
                cell.differences.push(difference);
            }
        }
    }
}

/// The finished runs of two cells with the seeds that both have: a seed that only one has would not cancel out of their difference.
pub(crate) fn common_seeds<'a>(cell: &'a Cell, other: &'a Cell) -> [Vec<&'a RunCases>; 2] {
    [(cell, other), (other, cell)].map(|(of, with)| {
        let has = |run: &&RunCases| with.runs.iter().any(|other| other.seed == run.seed);
        of.runs.iter().filter(has).collect()
    })
}

/// Whether the best epoch of a finished run is worse than a classifier that sees single pixels' colours.
fn is_worse_than_colours(run: &Path) -> Result<bool, RunnerError> {
    let path = run.join(SUMMARY);
    let summary: Value = serde_json::from_str(&read_text(&path, NOTES)?)
        .map_err(|error| RunnerError::unreadable(&path, error))?;
    let colours = summary["colour_classifier"]["dice"].as_f64();
    let own = summary["clean"]["dice"].as_f64();
    Ok(colours.is_some_and(|colours| own.unwrap_or(0.0) < colours))
}

/// Version of the program and device of a run: of the CPU its name and instruction set. The number of threads changes no score.
fn origin(run: &Path) -> Option<String> {
    let text = read_text(&run.join("environment.json"), NOTES).ok()?;
    let environment: Value = serde_json::from_str(&text).ok()?;
    let commit = environment["selvedge"]["commit"].as_str()?;
    let modified = environment["selvedge"]["modified"] == true;
    let device = &environment["device"];
    let parts = if device["kind"] == "cpu" {
        // Runs of earlier versions do not name the processor.
        let name = environment["processor"].as_str().unwrap_or("CPU");
        [Some(name), device["instructions"].as_str()]
    } else {
        [device["name"].as_str(), device["api"].as_str()]
    };
    let device: Vec<&str> = parts.into_iter().flatten().collect();
    Some(format!(
        "commit {commit:.12}{}, {}",
        if modified { " with changes" } else { "" },
        device.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_of_a_run_has_processor_and_instruction_set_but_no_threads() {
        let folder = tempfile::tempdir().expect("a folder");
        let of = |environment: &str| {
            let path = folder.path().join("environment.json");
            std::fs::write(path, environment).expect("written");
            origin(folder.path())
        };
        let found = of(
            r#"{"selvedge": {"commit": "0123456789abcdef", "modified": false}, "processor": "A CPU", "threads": 2,
                "device": {"name": "CPU, 2 threads", "kind": "cpu", "instructions": "AVX2"}}"#,
        );
        assert_eq!(found.as_deref(), Some("commit 0123456789ab, A CPU, AVX2"));
        // Of an earlier version.
        let found = of(r#"{"selvedge": {"commit": "01", "modified": true},
                "device": {"name": "CPU, 2 threads", "kind": "cpu", "instructions": "AVX2"}}"#);
        assert_eq!(found.as_deref(), Some("commit 01 with changes, CPU, AVX2"));
        let found = of(
            r#"{"selvedge": {"commit": "01", "modified": false}, "processor": "A CPU",
                "device": {"name": "A GPU", "kind": "discrete", "instructions": null, "api": "vulkan"}}"#,
        );
        assert_eq!(found.as_deref(), Some("commit 01, A GPU, vulkan"));
        assert_eq!(of("{}"), None);
    }
}
