//! The folds of an audit: which patients each training holds out, and the trainings themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use data::{Case, Dataset, Split, SplitEntry};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::device::request::DeviceRequest;
use crate::error::RunnerError;
use crate::files::disk;
use crate::files::input::{IMAGES, read_text};
use crate::files::lock::{Lock, Refused};
use crate::recipe::Recipe;
use crate::run_folder::folder::{LOCK, RunFolder};
use crate::terminal::interruption;
use crate::training::options::TrainOptions;
use crate::training::resume::Resume;
use crate::training::train::train;

/// The fraction of a fold's training patients that validate it. Their scores choose nothing here: a fold is predicted by its last
/// epoch, so that no label decides about its own doubt.
const VALIDATION: f64 = 0.1;

/// Where the trainings of an audit are.
pub(crate) const FOLDER: &str = "folds";
const PLAN: &str = "plan.json";

/// Advice after an interruption.
const CONTINUE: &str = "the same `selvedge audit` command continues from there";

/// The parts of a data set, by patient.
pub(crate) struct Parts {
    /// The part of each patient.
    of_patient: BTreeMap<String, usize>,
    count: usize,
}

impl Parts {
    /// Distributes patients to parts with about the same number of images: patients are shuffled by the seed, those with the
    /// most images first, and each goes where the fewest images are.
    ///
    /// # Errors
    ///
    /// Fewer patients than parts, and one to validate on.
    pub(crate) fn new(
        dataset: &Dataset,
        cases: &[Case],
        count: usize,
        seed: u64,
    ) -> Result<Self, RunnerError> {
        let mut images: BTreeMap<&str, usize> = BTreeMap::new();
        for case in cases {
            *images.entry(&case.patient).or_default() += 1;
        }
        let needed = count.max(3);
        if images.len() < needed {
            return Err(RunnerError::mismatch(
                format!("at least {needed} patients for {count} folds"),
                images.len().to_string(),
                "give fewer folds, or name the patients in cases.csv: a patient is never trained on and predicted by the same fold",
            )
            .at(dataset.root.display()));
        }
        let mut patients: Vec<(&str, usize)> = images.into_iter().collect();
        patients.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        patients.sort_by_key(|(_, images)| std::cmp::Reverse(*images));
        let mut filled = vec![0; count];
        let mut of_patient = BTreeMap::new();
        for (patient, images) in patients {
            let part = (0..count).min_by_key(|part| filled[*part]).unwrap_or(0);
            filled[part] += images;
            of_patient.insert(patient.to_string(), part);
        }
        Ok(Self { of_patient, count })
    }

    /// The part of a patient.
    pub(crate) fn part(&self, patient: &str) -> usize {
        self.of_patient.get(patient).copied().unwrap_or(0)
    }

    /// The split of the training that holds out `part`: that part is its test set, and a tenth of the other patients, at least
    /// one, validates.
    fn split(&self, cases: &[Case], part: usize, seed: u64) -> Vec<SplitEntry> {
        let mut others: Vec<&str> = self
            .of_patient
            .iter()
            .filter(|(_, other)| **other != part)
            .map(|(patient, _)| patient.as_str())
            .collect();
        others.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ (part as u64 + 1)));
        let count = ((VALIDATION * others.len() as f64).round() as usize).max(1);
        let validating = &others[..count];
        let split = |case: &Case| {
            if self.part(&case.patient) == part {
                Split::Test
            } else if validating.contains(&case.patient.as_str()) {
                Split::Validation
            } else {
                Split::Train
            }
        };
        cases
            .iter()
            .map(|case| SplitEntry {
                image: case.stem.clone(),
                patient: case.patient.clone(),
                split: split(case),
            })
            .collect()
    }
}

/// What the trainings of an audit folder are, so that another call continues only the same ones.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plan {
    data_sha256: String,
    folds: usize,
    /// The recipes of the arms, as TOML.
    recipes: Vec<String>,
}

/// The trainings of an audit: for each arm and fold one ordinary run.
pub(crate) struct Trainings<'a> {
    /// The audit's folder.
    pub(crate) out: &'a Path,
    pub(crate) dataset: &'a Dataset,
    pub(crate) cases: &'a [Case],
    pub(crate) parts: &'a Parts,
    /// Names of the arms and their recipes.
    pub(crate) arms: &'a [(&'a str, Recipe)],
    pub(crate) device: DeviceRequest,
    pub(crate) quiet: bool,
}

impl Trainings<'_> {
    /// The run of an arm that holds out a fold.
    pub(crate) fn run(&self, arm: &str, fold: usize) -> PathBuf {
        self.out.join(FOLDER).join(format!("{arm}-{fold}"))
    }

    /// Trains whatever is not finished, and resumes what was interrupted.
    ///
    /// # Errors
    ///
    /// The folder has the trainings of another audit; or a training's error. Everything that was saved stays.
    pub(crate) fn train(
        &self,
        data_sha256: &str,
        interrupted: &AtomicBool,
    ) -> Result<(), RunnerError> {
        let folder = self.out.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| RunnerError::unwritable(&folder, error))?;
        self.check_plan(&folder.join(PLAN), data_sha256)?;
        let all = self.parts.count * self.arms.len();
        for fold in 0..self.parts.count {
            for (number, (arm, recipe)) in self.arms.iter().enumerate() {
                let run = self.run(arm, fold);
                let done = fold * self.arms.len() + number;
                let finished = RunFolder::open(&run).is_ok_and(|run| run.is_finished());
                if finished {
                    tracing::info!(
                        "training {} of {all}: {} is finished",
                        done + 1,
                        run.display()
                    );
                    continue;
                }
                tracing::info!("training {} of {all}: {}", done + 1, run.display());
                self.train_one(&folder, recipe, &run, fold, interrupted)?;
            }
        }
        // What the last training would print is about its run.
        interruption::announce(&RunnerError::interrupted(self.out).with_advice(CONTINUE));
        Ok(())
    }

    fn check_plan(&self, path: &Path, data_sha256: &str) -> Result<(), RunnerError> {
        let recipes: Result<Vec<String>, RunnerError> = self
            .arms
            .iter()
            .map(|(_, recipe)| recipe.to_toml())
            .collect();
        let plan = Plan {
            data_sha256: data_sha256.to_string(),
            folds: self.parts.count,
            recipes: recipes?,
        };
        if path.exists() {
            let text = read_text(path, IMAGES)?;
            let then: Plan = serde_json::from_str(&text)
                .map_err(|error| RunnerError::unreadable(path, error))?;
            if then == plan {
                return Ok(());
            }
            let what = if then.data_sha256 == plan.data_sha256 {
                "another recipe or number of folds"
            } else {
                "other data"
            };
            return Err(RunnerError::mismatch(
                "the trainings of this audit, or none",
                format!("those of {what}"),
                "choose another `--out`, or remove that folder",
            )
            .at(path.display()));
        }
        let text = serde_json::to_string_pretty(&plan).map_err(RunnerError::bug)?;
        disk::write_whole(path, text.as_bytes())
    }

    fn train_one(
        &self,
        folder: &Path,
        recipe: &Recipe,
        run: &Path,
        fold: usize,
        interrupted: &AtomicBool,
    ) -> Result<(), RunnerError> {
        let mut recipe = recipe.clone();
        let table = folder.join(format!("split-{fold}.json"));
        let split = self
            .parts
            .split(self.cases, fold, recipe.data.options.split_seed);
        let text = serde_json::to_string_pretty(&split).map_err(RunnerError::bug)?;
        disk::write_whole(&table, text.as_bytes())?;
        recipe.data.options.folds = 0;
        recipe.data.options.fold = 0;
        let table = std::path::absolute(&table).unwrap_or(table);
        recipe.data.options.split_file = table.display().to_string();
        let resume = prepare(run)?;
        if resume.is_some() {
            recipe = Recipe::of_run(run)?;
        }
        let options = TrainOptions {
            recipe,
            data: Some(self.dataset.root.clone()),
            out: resume.is_none().then(|| run.to_path_buf()),
            device: self.device,
            resume,
            quiet: self.quiet,
            tensorboard: false,
        };
        train(&options, interrupted).map_err(|error| {
            if error.exit_code == 130 {
                error.with_advice(CONTINUE)
            } else {
                error
            }
        })?;
        Ok(())
    }
}

/// How to resume the run in this folder; none for a new one. What was left by a kill before the first checkpoint is removed.
fn prepare(run: &Path) -> Result<Option<Resume>, RunnerError> {
    if !run.exists() {
        return Ok(None);
    }
    if RunFolder::open(run).is_ok() {
        return Ok(Some(Resume::from_newest(run)));
    }
    let path = run.join(LOCK);
    let lock = Lock::take(&path).map_err(|refused: Refused| refused.error(run, &path))?;
    drop(lock);
    // The plan says that this folder is the audit's own.
    disk::remove_folder(run).map_err(|error| RunnerError::unwritable(run, error))?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Case> {
        (0..12)
            .map(|image| Case {
                stem: format!("{image}"),
                patient: format!("P{}", image / 2),
                image: PathBuf::from(format!("{image}.png")),
                labels: PathBuf::new(),
                masks: Vec::new(),
                clean: None,
            })
            .collect()
    }

    fn parts(count: usize) -> Parts {
        let of_patient = (0..6).map(|patient| (format!("P{patient}"), patient % count));
        Parts {
            of_patient: of_patient.collect(),
            count,
        }
    }

    #[test]
    fn every_image_is_held_out_once_and_patients_stay_together() {
        let (cases, parts) = (cases(), parts(3));
        let mut held_out = vec![0; cases.len()];
        for part in 0..3 {
            let split = parts.split(&cases, part, 7);
            let count = |wanted| split.iter().filter(|entry| entry.split == wanted).count();
            assert_eq!([count(Split::Test), count(Split::Validation)], [4, 2]);
            for (index, entry) in split.iter().enumerate() {
                assert_eq!(entry.split, split[index / 2 * 2].split, "one patient");
                held_out[index] += usize::from(entry.split == Split::Test);
            }
        }
        assert!(held_out.iter().all(|times| *times == 1));
    }
}
